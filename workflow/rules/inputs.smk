# Input functions: which files a job reads, from its wildcards.

from rapidmass.config.inputs.constants import needs_files

MEGASETS = range(CONFIG.megasets.number)


def is_in_files(sample):
    """Whether the weight of a sample takes a look into its files."""
    return needs_files(sample, ANALYSIS.formats[sample.format])


def files_with_weights(wildcards):
    sample = SAMPLES[wildcards.sample]
    files = PARTS[sample.sample].values()
    return list_inputs(files) if is_in_files(sample) else []


def sources_with_weights(wildcards):
    """Param: these files by part. No setting, since they may move."""
    sample = SAMPLES[wildcards.sample]
    sources = list_sources(sample.sample) if is_in_files(sample) else {}
    return Sealed(json.dumps(sources))


def identify_files_with_weights(sample):
    """What decides whether a weight is computed anew for files that are not among the inputs."""
    parts = PARTS[sample.sample] if is_in_files(sample) else {}
    known = {part: identify_file(sample.sample, part) for part in parts}
    return {part: identity for part, identity in known.items() if identity}


def background_shards(wildcards):
    return list_shards(
        wildcards.selection, list_selected(wildcards.selection, ["background"])
    )


def background_weights(wildcards):
    return expand(
        "results/samples/{sample}.json",
        sample=list_selected(wildcards.selection, ["background"]),
    )


def list_megasets(kind):
    return [
        f"results/{{selection}}/{SHOWN}/{kind}/{index}.parquet" for index in MEGASETS
    ]


def megasets_of_model(wildcards):
    """The megasets that a network is trained on."""
    number = MODELS[wildcards.selection][wildcards.model].megasets
    folder = "megasets" if number == len(MEGASETS) else f"megasets-{number}"
    return [
        f"results/{wildcards.selection}/{SHOWN}/{folder}/{index}.parquet"
        for index in range(number)
    ]


def copies_of_model(wildcards):
    """The megasets of distorted copies that a network is trained on, if it needs them."""
    variant = MODELS[wildcards.selection][wildcards.model]
    if not CONFIG.architectures[variant.architecture].needs_copies:
        return []
    number = variant.megasets
    folder = "megasets" if number == len(MEGASETS) else f"megasets-{number}"
    return [
        f"results/{wildcards.selection}/{SHOWN}/copies/{folder}/{index}.parquet"
        for index in range(number)
    ]


def scaler_of_model(wildcards):
    """The scaling of a network's inputs."""
    scaler = MODELS[wildcards.selection][wildcards.model].scaler
    return f"results/{wildcards.selection}/{SHOWN}/scalers/{scaler}.json"


def events_to_score(wildcards):
    selection = wildcards.selection
    if wildcards.dataset == "background":
        return expand(list_megasets("test"), selection=selection)
    if wildcards.dataset == "altered":
        return [f"results/{selection}/altered.parquet"]
    if wildcards.dataset == "blind":
        return [f"results/{selection}/blind/events.parquet"]
    return list_shards(selection, [wildcards.dataset])


def list_scores(kind):
    """Scores of a network on all signals or all data of its selection, for an input."""

    def scores(wildcards):
        return [
            f"results/{wildcards.selection}/scores/{wildcards.architecture}/{name}.parquet"
            for name in getattr(SELECTIONS[wildcards.selection], kind)
        ]

    return scores


def list_signal_weights(wildcards):
    return [
        f"results/samples/{name}.json"
        for name in SELECTIONS[wildcards.selection].signals
    ]


def list_scans(wildcards):
    return [
        f"results/{wildcards.selection}/scans/{wildcards.architecture}/{name}.json"
        for name in SELECTIONS[wildcards.selection].signals
    ]


def list_signal_shards(wildcards):
    return list_shards(wildcards.selection, SELECTIONS[wildcards.selection].signals)


def list_cutflows(wildcards):
    return [
        f"results/{wildcards.selection}/{SHOWN}/shards/{sample}/{part}.cutflow.json"
        for sample in list_selected(wildcards.selection)
        for part in PARTS[sample]
    ]
