# Settings of each rule: exactly the part of the configuration that its jobs read, in canonical form.
# WORDS says where the user finds them.

from rapidmass.config.inputs.constants import add_bookkeeping, keep_constants
from rapidmass.config.inputs.ntuple_format import EventWeights
from rapidmass.config.inputs.samples import SampleWeights
from rapidmass.config.models.training import TrainingSettings
from rapidmass.config.search.variables import keep_variables, list_columns

WORDS = {
    "architecture": "architectures.{model}",
    "channels": "selections.{selection}.channels",
    "column": "architectures.*.scores",
    "data_luminosities": "luminosity of data",
    "data_luminosity": "luminosity of data",
    "events": "samples.{sample}.events, scaled",
    "format": "ntuple format",
    "frame": "",
    "frame.channels": "selections.{selection}.channels",
    "frame.luminosity": "campaigns.*.luminosity",
    "frame.signals": "selections.{selection}.signals",
    "frame.sqrt_s": "rmm.sqrt_s",
    "index": "megasets",
    "luminosity": "campaigns.*.luminosity",
    "luminosity_share": "share of the campaign in the luminosity",
    "members": "samples",
    "min_signal_leptons": "generator.pseudo_data_leptons.{sample}",
    "number": "megasets.number",
    "process": "processes",
    "require": "samples.{sample}.require",
    "shard": "",
    "shard.columns": "spectra and baselines",
    "shard.cuts": "selections.{selection}.cuts",
    "shard.file": "samples.{sample}.files",
    "shard.format": "ntuple format",
    "shard.quarantine": "files.bad_files",
    "shard.require": "samples.{sample}.require",
    "shard.types": "rmm.types",
    "shard.variables": "variables",
    "signal_parts": "files of signals",
    "scaling": "scaling",
    "scores": "architectures.{model}.scores",
    "sources": "processes.*.cross_section of pseudo-data",
    "sqrt_s": "rmm.sqrt_s",
    "spectra": "selections.{selection}.spectra",
    "test_fraction": "split.test_fraction",
    "types": "rmm.types",
    "unused": "samples",
    "validation_fraction": "split.validation_fraction",
    "weights": "samples.{sample}",
    "without": "studies.channel_removal",
}


def get_format(sample):
    """Ntuple format of a sample, without what its jobs do not use."""
    settings = add_bookkeeping(sample, ANALYSIS.formats[sample.format])
    unused = (
        {"weights": EventWeights(generator="1")}
        if sample.is_data
        else {"data_variables": {}}
    )
    # of the variables those are told that a selection uses
    return settings.model_copy(
        update={**unused, "in_file": None, "shifts": {}, "variables": {}}
    )


def describe_shard(wildcards):
    """What the events of a file become, for jobs that make shards of them."""
    sample, name = SAMPLES[wildcards.sample], wildcards.selection
    return {
        "sample": sample.sample,
        "part": wildcards.part,
        "selection": name,
        "is_data": sample.is_data,
        "format": get_format(sample),
        "cuts": SELECTIONS[name].cuts,
        "variables": keep_variables(CONFIG, name, ANALYSIS.formats[sample.format]),
        "columns": list_columns(CONFIG, name),
        "types": list(CONFIG.rmm.types.items()),
        "rmm": CONFIG.rmm.model_dump(mode="json", exclude={"types"}),
        "seed": CONFIG.seed,
        "require": sample.require,
        "quarantine": CONFIG.files.bad_files == "quarantine",
        "file": identify_file(sample.sample, wildcards.part),
    }


def shard_settings(wildcards):
    return write_canonical({"shard": describe_shard(wildcards)})


def normalisation_settings(wildcards):
    sample = SAMPLES[wildcards.sample]
    return write_canonical(
        {
            "sample": sample.sample,
            # the rest of the row does not change a weight
            "weights": sample.model_dump(
                mode="json", include=set(SampleWeights.model_fields)
            ),
            "format": keep_constants(sample, ANALYSIS.formats[sample.format]),
            "files": identify_files_with_weights(sample),
            "luminosity_share": sum(
                CONFIG.campaigns[name].luminosity for name in sample.campaign
            )
            / CONFIG.luminosity,
        }
    )


def list_members(selection):
    """Channel, sample and number of files of each background of a selection."""
    channels = ANALYSIS.list_backgrounds(selection)
    return [
        [channel, sample, len(PARTS[sample])]
        for channel, samples in channels.items()
        for sample in samples
    ]


def megaset_settings(wildcards):
    return write_canonical(
        {
            "members": list_members(wildcards.selection),
            "index": int(wildcards.index),
            "number": int(wildcards.get("number", CONFIG.megasets.number)),
            "test_fraction": CONFIG.split.test_fraction,
        }
    )


def composition_settings(wildcards):
    return write_canonical({"channels": list(SELECTIONS[wildcards.selection].channels)})


def scaler_settings(wildcards):
    scaling, without = SCALERS[wildcards.selection][wildcards.scaler]
    return write_canonical(
        {
            "scaling": scaling,
            "validation_fraction": CONFIG.split.validation_fraction,
            "without": without,
        }
    )


def training_settings(wildcards):
    variant = MODELS[wildcards.selection][wildcards.model]
    stream = ["training", variant.architecture]
    return write_canonical(
        {
            "name": wildcards.model,
            "selection": wildcards.selection,
            # which scores are used says nothing of the weights; the scaler is an input
            "architecture": CONFIG.architectures[variant.architecture].model_dump(
                mode="json", exclude={"scaling", "scores"}
            ),
            # the rest of the block changes no weight
            "training": CONFIG.training.model_dump(
                mode="json", include=set(TrainingSettings.model_fields)
            ),
            "validation_fraction": CONFIG.split.validation_fraction,
            "without": variant.without,
            "seed": CONFIG.seed,
            "stream": [*stream, variant.replica] if variant.replica else stream,
        }
    )


def training_code(wildcards):
    # the library loads the family, and torch its exporter, by name
    variant = MODELS[wildcards.selection][wildcards.model]
    family = CONFIG.architectures[variant.architecture].family
    return digest_code(
        "train.py", (f"rapidmass.models.networks.{family}",), ("onnxscript",)
    )


def scoring_settings(wildcards):
    variant = MODELS[wildcards.selection][wildcards.model]
    return write_canonical(
        {"scores": CONFIG.architectures[variant.architecture].score_names}
    )


def scan_settings(wildcards):
    selection = SELECTIONS[wildcards.selection]
    used = {
        "score_quantiles",
        "background_uncertainty",
        "minimum_effective_events",
        "met",
        *(name for name in selection.spectra if name in CONFIG.scan.own_axes),
        # bins of the score are filled to compare shifts alone
        *(["score"] if SHIFTED[wildcards.selection] else []),
    }
    return write_canonical(
        {
            "signal": wildcards.signal,
            "column": SCORERS[wildcards.scorer].column,
            "shifts": describe_shifts(wildcards.selection),
            "scan": {
                **CONFIG.scan.model_dump(mode="json", include=used),
                "variables": {
                    name: axis.model_dump(mode="json", exclude={"label", "unit"})
                    for name, axis in CONFIG.scan.variables.items()
                    if name in selection.spectra
                },
            },
            "luminosity": CONFIG.luminosity,
            "test_fraction": CONFIG.split.test_fraction,
            "channels": list(selection.channels),
            "spectra": selection.spectra,
        }
    )


def describe_frame(selection):
    chosen = SELECTIONS[selection]
    return {
        "plots": CONFIG.plots,
        "selection": selection,
        "channels": list(chosen.channels),
        "signals": chosen.signals,
        "sqrt_s": CONFIG.rmm.sqrt_s,
    }


def cutflow_settings(wildcards):
    samples = list_selected(wildcards.selection)
    return write_canonical(
        {
            "selection": wildcards.selection,
            "samples": [
                [name, SAMPLES[name].role, len(PARTS[name])] for name in samples
            ],
        }
    )


def list_data_luminosities(selection):
    """Luminosity of each sample of data, as delivered: before events are left out."""
    samples = [SAMPLES[name] for name in SELECTIONS[selection].data]
    return [
        [s.sample, s.luminosity or CONFIG.campaigns[s.campaign[0]].luminosity]
        for s in samples
    ]


def figure_settings(wildcards):
    selection = SELECTIONS[wildcards.selection]
    return write_canonical(
        {
            "frame": {
                **describe_frame(wildcards.selection),
                "architecture": wildcards.architecture,
                "luminosity": CONFIG.luminosity,
            },
            # figures know nothing of other analyses
            "scan": CONFIG.scan.model_dump(
                mode="json", exclude={"reference_significances"}
            ),
            "spectra": selection.spectra,
            "test_fraction": CONFIG.split.test_fraction,
            "data_luminosities": list_data_luminosities(wildcards.selection),
            "shifts": describe_shifts(wildcards.selection),
        }
    )


def matrix_settings(wildcards):
    return write_canonical(
        {
            "frame": describe_frame(wildcards.selection),
            "types": list(CONFIG.rmm.types.items()),
            "rmm": CONFIG.rmm.model_dump(mode="json", exclude={"types"}),
            "signal_parts": [
                len(PARTS[name]) for name in SELECTIONS[wildcards.selection].signals
            ],
        }
    )
