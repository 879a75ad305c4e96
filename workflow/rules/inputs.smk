# Input functions: which files a job reads, from its wildcards.

MEGASETS = range(CONFIG.megasets.number)


def ntuple_file(wildcards):
    return PARTS[wildcards.sample][wildcards.part]


def files_with_weights(wildcards):
    sample = SAMPLES[wildcards.sample]
    return (
        list(PARTS[sample.sample].values())
        if isinstance(sample.sum_of_weights, str)
        else []
    )


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
    return [f"results/{{selection}}/{kind}/{index}.parquet" for index in MEGASETS]


def events_to_score(wildcards):
    if wildcards.dataset == "background":
        return expand(list_megasets("test"), selection=wildcards.selection)
    return list_shards(wildcards.selection, [wildcards.dataset])


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
        f"results/{wildcards.selection}/rmm/{sample}/{part}.cutflow.json"
        for sample in list_selected(wildcards.selection)
        for part in PARTS[sample]
    ]
