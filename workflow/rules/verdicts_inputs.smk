# Inputs and settings of what judges files, and of what data are corrected by.

from rapidmass.config.inputs.constants import list_constants

QUARANTINE = CONFIG.files.bad_files == "quarantine"

WORDS.update(
    {
        "cap": "files.quarantine_cap",
        "constants": "ntuple format.in_file",
        "largest_momentum": "sqrt_s",
        "objects": "representations, ntuple format.leptons",
        "parts": "files of a sample",
        "role": "samples.{sample}.role",
        "shifted": "systematics, ntuple format.shifts",
        "sum_of_weights": "samples.{sample}.sum_of_weights",
        "unnumbered": "ntuple format.identity",
    }
)


def identify_content(sample, part):
    """What decides whether a file is inspected again, beside a local file itself."""
    origin = ORIGINS[sample][part]
    known = keep(origin, "size", "adler32")
    return {**(identify_file(sample, part) or {}), **known}


def inspection_settings(wildcards):
    sample = SAMPLES[wildcards.sample]
    settings = ANALYSIS.formats[sample.format]
    where = sample.sum_of_weights
    return write_canonical(
        {
            "format": get_format(sample),
            # what every selection needs: no cut of one, and no shift, decides about files
            "objects": sorted({*CONFIG.objects, *settings.leptons}),
            "is_data": sample.is_data,
            "require": sample.require,
            "largest_momentum": CONFIG.sqrt_s / 2,
            "constants": list_constants(sample, settings.in_file),
            "sum_of_weights": where if isinstance(where, str) else None,
            "file": {
                "part": wildcards.part,
                **identify_content(sample.sample, wildcards.part),
            },
        }
    )


def findings_of_sample(wildcards):
    return [
        f"results/files/{wildcards.sample}/{part}.parquet"
        for part in PARTS[wildcards.sample]
    ]


def judgement_settings(wildcards):
    sample = SAMPLES[wildcards.sample]
    return write_canonical(
        {
            "sample": sample.sample,
            "role": sample.role,
            "parts": list(PARTS[sample.sample]),
        }
    )


def cap_settings(_):
    return write_canonical({"cap": CONFIG.files.quarantine_cap})


def list_quarantine_checks():
    """The check of each sample that no more is left out of it than may be."""
    return [
        verdict.replace(".json", ".checked.json")
        for sample in USED
        for verdict in list_verdicts(sample)
    ]


def list_shifted_cutflows(wildcards):
    selection = wildcards.selection
    return [
        f"results/{selection}/shifts/{shift}/{SHOWN}/shards/{sample}/{part}.cutflow.json"
        for shift, samples in list_shifted_samples(selection).items()
        for sample in samples
        for part in PARTS[sample]
    ]


def loss_settings(wildcards):
    def count_parts(samples):
        return [[name, len(PARTS[name])] for name in samples]

    shifted = list_shifted_samples(wildcards.selection)
    return write_canonical(
        {
            "samples": count_parts(list_selected(wildcards.selection)),
            "shifted": [
                [shift, count_parts(names)] for shift, names in shifted.items()
            ],
        }
    )


def list_losses():
    """What selections and shifts leave out, where bad events are left out."""
    selections = SELECTIONS if QUARANTINE else []
    return [f"results/{selection}/losses.json" for selection in selections]


def list_measured_data(selection):
    """Samples of data that could share events: not those that are drawn from simulation."""
    return [name for name in SELECTIONS[selection].data if name not in DRAWN]


def data_to_check(wildcards):
    return list_shards(wildcards.selection, list_measured_data(wildcards.selection))


def data_check_settings(wildcards):
    samples = list_measured_data(wildcards.selection)
    return write_canonical(
        {
            "samples": [[name, len(PARTS[name])] for name in samples],
            "unnumbered": [
                name
                for name in samples
                if ANALYSIS.formats[SAMPLES[name].format].identity is None
            ],
        }
    )


def list_data_checks(selection):
    """The check of the data of a selection, if they are of several samples."""
    several = len(list_measured_data(selection)) > 1
    return [f"results/{selection}/data.json"] if several else []


def check_of_data(wildcards):
    return list_data_checks(wildcards.selection)


def corrections_of_data(wildcards):
    """What the luminosities of data are corrected by, where events may be left out."""
    names = SELECTIONS[wildcards.selection].data if QUARANTINE else []
    return [f"results/samples/{name}.json" for name in names]
