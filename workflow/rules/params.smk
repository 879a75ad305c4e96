# Settings of each rule: exactly the part of the configuration that its jobs read, in canonical form.
# WORDS says where the user finds them.

from rapidmass.config.ntuple import EventWeights
from rapidmass.config.sample import SampleWeights
from rapidmass.config.training import TrainingSettings

WORDS = {
    "architecture": "architectures.{architecture}",
    "channels": "selections.{selection}.channels",
    "cuts": "selections.{selection}.cuts",
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
    "signal_parts": "files of signals",
    "sources": "processes.*.cross_section of pseudo-data",
    "sqrt_s": "rmm.sqrt_s",
    "spectra": "selections.{selection}.spectra",
    "test_fraction": "split.test_fraction",
    "trees": "ntuple format.tree",
    "types": "rmm.types",
    "validation_fraction": "split.validation_fraction",
    "weights": "samples.{sample}",
}


def describe_generation(sample, purpose, events, first_event):
    return write_canonical(
        {
            "sample": sample,
            # with its cross section pseudo-data are drawn, not events generated
            "process": ANALYSIS.get_process(sample).model_dump(
                mode="json", exclude={"cross_section"}
            ),
            # the other settings say how much is generated, which is in the number of events
            "generator": CONFIG.generator.model_dump(
                mode="json", include={"multi_parton_interactions", "batch_size"}
            ),
            "events": events,
            "first_event": first_event,
            "purpose": purpose,
            "seed": CONFIG.seed,
        }
    )


def generator_settings(wildcards):
    size = CONFIG.generator.events_per_file
    first = int(wildcards.part) * size
    events = min(size, scale_events(SAMPLES[wildcards.sample].events) - first)
    return describe_generation(wildcards.sample, "nominal", events, first)


def pseudo_source_settings(wildcards):
    events = scale_events(
        SAMPLES[wildcards.sample].events, CONFIG.generator.pseudo_data_share
    )
    return describe_generation(wildcards.sample, "pseudo-data", events, 0)


def pseudo_data_settings(wildcards):
    return write_canonical(
        {
            "sample": wildcards.sample,
            "data_luminosity": SAMPLES[wildcards.sample].luminosity,
            "min_signal_leptons": CONFIG.generator.pseudo_data_leptons.get(
                wildcards.sample, 0
            ),
            "seed": CONFIG.seed,
            "sources": [
                [name, ANALYSIS.get_process(name).cross_section]
                for name in PSEUDO_SOURCES
            ],
        }
    )


def get_format(sample):
    """Ntuple format of a sample, without what its jobs do not use."""
    settings = ANALYSIS.formats[sample.format]
    unused = (
        {"weights": EventWeights(generator="1")}
        if sample.is_data
        else {"data_variables": {}}
    )
    return settings.model_copy(update=unused)


def shard_settings(wildcards):
    sample = SAMPLES[wildcards.sample]
    return write_canonical(
        {
            "sample": sample.sample,
            "part": wildcards.part,
            "selection": wildcards.selection,
            "is_data": sample.is_data,
            "format": get_format(sample),
            "cuts": SELECTIONS[wildcards.selection].cuts,
            "types": list(CONFIG.rmm.types.items()),
            "rmm": CONFIG.rmm.model_dump(mode="json", exclude={"types"}),
            "seed": CONFIG.seed,
        }
    )


def normalisation_settings(wildcards):
    sample = SAMPLES[wildcards.sample]
    return write_canonical(
        {
            "sample": sample.sample,
            # the rest of the row does not change a weight
            "weights": sample.model_dump(
                mode="json", include=set(SampleWeights.model_fields)
            ),
            "trees": ANALYSIS.formats[sample.format].tree,
            "luminosity_share": CONFIG.campaigns[sample.campaign].luminosity
            / CONFIG.luminosity,
        }
    )


def megaset_settings(wildcards):
    channels = ANALYSIS.list_backgrounds(wildcards.selection)
    return write_canonical(
        {
            "members": [
                [channel, sample, len(PARTS[sample])]
                for channel, samples in channels.items()
                for sample in samples
            ],
            "index": int(wildcards.index),
            "number": CONFIG.megasets.number,
            "test_fraction": CONFIG.split.test_fraction,
        }
    )


def composition_settings(wildcards):
    return write_canonical({"channels": list(SELECTIONS[wildcards.selection].channels)})


def training_settings(wildcards):
    return write_canonical(
        {
            "name": wildcards.architecture,
            "selection": wildcards.selection,
            "architecture": CONFIG.architectures[wildcards.architecture],
            # the rest of the block changes no weight
            "training": CONFIG.training.model_dump(
                mode="json", include=set(TrainingSettings.model_fields)
            ),
            "validation_fraction": CONFIG.split.validation_fraction,
            "seed": CONFIG.seed,
        }
    )


def training_code(wildcards):
    # the library loads the family, and torch its exporter, by name
    family = CONFIG.architectures[wildcards.architecture].family
    return script_code(
        "train.py", [f"rapidmass.architectures.{family}"], ["onnxscript"]
    )


def scan_settings(wildcards):
    selection = SELECTIONS[wildcards.selection]
    used = {"score_quantiles", "minimum_effective_events", "met", *selection.spectra}
    return write_canonical(
        {
            "signal": wildcards.signal,
            "scan": CONFIG.scan.model_dump(mode="json", include=used),
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


def sum_data_luminosity(selection):
    samples = [SAMPLES[name] for name in SELECTIONS[selection].data]
    return sum(s.luminosity or CONFIG.campaigns[s.campaign].luminosity for s in samples)


def figure_settings(wildcards):
    selection = SELECTIONS[wildcards.selection]
    return write_canonical(
        {
            "frame": {
                **describe_frame(wildcards.selection),
                "architecture": wildcards.architecture,
                "luminosity": CONFIG.luminosity,
            },
            "scan": CONFIG.scan,
            "spectra": selection.spectra,
            "test_fraction": CONFIG.split.test_fraction,
            "data_luminosity": sum_data_luminosity(wildcards.selection),
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


def report_settings():
    return write_canonical(
        {
            "title": CONFIG.title,
            "seed": CONFIG.seed,
            "luminosity": CONFIG.luminosity,
            "sqrt_s": CONFIG.rmm.sqrt_s,
            "split": CONFIG.split,
            "scan": CONFIG.scan,
            "samples": [SAMPLES[name] for name in USED],
            "formats": {
                name: ANALYSIS.formats[name]
                for name in {SAMPLES[s].format for s in USED}
            },
            "selections": [
                {
                    **selection.model_dump(mode="json"),
                    "name": name,
                    "samples": [
                        [sample, len(PARTS[sample])] for sample in list_selected(name)
                    ],
                }
                for name, selection in SELECTIONS.items()
            ],
            "architectures": list(CONFIG.architectures),
        }
    )
