# Inputs and settings of what judges files, and of what data are corrected by.

from rapidmass.expressions import Expression

QUARANTINE = CONFIG.files.bad_files == "quarantine"

WORDS.update(
    {
        "cap": "files.quarantine_cap",
        "largest_momentum": "rmm.sqrt_s",
        "objects": "rmm.types, selections.*.cuts",
        "parts": "files of a sample",
        "role": "samples.{sample}.role",
        "sum_of_weights": "samples.{sample}.sum_of_weights",
    }
)


def list_needed_objects(sample):
    """Objects of a sample that some selection needs."""
    settings = ANALYSIS.formats[sample.format]
    counted = {
        name.removeprefix("n_")
        for selection in SELECTIONS
        if sample.sample in list_selected(selection)
        for cut in SELECTIONS[selection].cuts
        for name in Expression(cut.require).names
    }
    needed = {*CONFIG.rmm.types, *settings.leptons, *counted}
    return sorted(needed & set(settings.objects))


def identify_content(sample, part):
    """What decides whether a file is inspected again, beside a local file itself."""
    origin = ORIGINS[sample][part]
    known = {key: origin[key] for key in ("size", "adler32") if key in origin}
    return {**(identify_file(sample, part) or {}), **known}


def inspection_settings(wildcards):
    sample = SAMPLES[wildcards.sample]
    shifts = ANALYSIS.formats[sample.format].shifts
    used = [] if sample.is_data else [s for s in CONFIG.systematics if s in shifts]
    where = sample.sum_of_weights
    return write_canonical(
        {
            "format": get_format(sample).model_copy(
                update={"shifts": {name: shifts[name] for name in used}}
            ),
            "objects": list_needed_objects(sample),
            "is_data": sample.is_data,
            "require": sample.require,
            "largest_momentum": CONFIG.rmm.sqrt_s / 2,
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
            "cap": CONFIG.files.quarantine_cap,
        }
    )


def list_measured_data(selection):
    """Samples of data that could share events: those that are not drawn from simulation."""
    return [name for name in SELECTIONS[selection].data if name not in DRAWN]


def data_to_check(wildcards):
    return list_shards(wildcards.selection, list_measured_data(wildcards.selection))


def data_check_settings(wildcards):
    samples = list_measured_data(wildcards.selection)
    return write_canonical({"samples": [[name, len(PARTS[name])] for name in samples]})


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
