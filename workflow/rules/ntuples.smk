# ROOT ntuples: events are generated where the sample sheet names a process instead of files, and
# files on servers are fetched as a whole where `files.cache` names a folder for them.


rule generate_ntuple:
    """Generate events of one process, with a parametrised detector, into one ROOT file."""
    output:
        paths.NTUPLE,
    log:
        name_log("generate_ntuple/{sample}/{part}"),
    benchmark:
        name_benchmark("generate_ntuple/{sample}/{part}")
    wildcard_constraints:
        sample=match_any(CONTEXT.generated),
    conda:
        "../../envs/generator.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="4h",
    params:
        settings=asked(settings.describe_generated),
        code=script_code("generate.py"),
    script:
        "../scripts/generate.py"


rule generate_pseudo_source:
    """Generate events of one background that no network and no yield sees, for pseudo-data."""
    output:
        paths.PSEUDO_SOURCE,
    log:
        name_log("generate_pseudo_source/{sample}"),
    benchmark:
        name_benchmark("generate_pseudo_source/{sample}")
    wildcard_constraints:
        sample=match_any(CONTEXT.analysis.list_pseudo_sources()),
    conda:
        "../../envs/generator.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="4h",
    params:
        settings=asked(settings.describe_pseudo_source),
        code=script_code("generate.py"),
    script:
        "../scripts/generate.py"


rule draw_pseudo_data:
    """Draw events from all backgrounds as an experiment of a given luminosity would."""
    input:
        [
            fill(paths.PSEUDO_SOURCE, sample=name)
            for name in CONTEXT.analysis.list_pseudo_sources()
        ],
    output:
        ntuple=paths.NTUPLE,
        record=paths.PSEUDO_RECORD,
    log:
        name_log("draw_pseudo_data/{sample}/{part}"),
    benchmark:
        name_benchmark("draw_pseudo_data/{sample}/{part}")
    wildcard_constraints:
        sample=match_any(CONTEXT.drawn),
    conda:
        "../../envs/generator.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="1h",
    params:
        settings=asked(settings.describe_pseudo_data),
        code=script_code("draw_pseudo_data.py"),
    script:
        "../scripts/draw_pseudo_data.py"


rule fetch_ntuple:
    """Fetch one ROOT file from its server, and check its size and checksum."""
    output:
        fill(paths.FETCHED, folder=CONTEXT.fetch_folder),
    log:
        name_log("fetch_ntuple/{sample}/{part}"),
    benchmark:
        name_benchmark("fetch_ntuple/{sample}/{part}")
    wildcard_constraints:
        sample=match_any(CONTEXT.fetched),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(500),
        runtime="8h",
        downloads=1,
    params:
        settings=asked(files.describe_fetching),
        code=script_code("fetch_ntuple.py"),
        source=given(files.describe_origin),
        keep_bad=CONTEXT.config.files.bad_files == "quarantine",
    script:
        "../scripts/fetch_ntuple.py"
