# Embedded input: events are generated where the sample sheet names a process instead of files.


rule generate_ntuple:
    """Generate events of one process, with a parametrised detector, into one ROOT file."""
    output:
        "resources/ntuples/{sample}/{part}.root",
    log:
        "logs/generate_ntuple/{sample}/{part}.log",
    benchmark:
        "logs/benchmarks/generate_ntuple/{sample}/{part}.jsonl"
    wildcard_constraints:
        sample=any_of(GENERATED),
    conda:
        "../../envs/generator.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="4h",
    params:
        settings=generator_settings,
        code=script_code("generate.py"),
    script:
        "../scripts/generate.py"


rule generate_pseudo_source:
    """Generate events of one background that no network and no yield sees, for pseudo-data."""
    output:
        "resources/pseudo_data/{sample}.root",
    log:
        "logs/generate_pseudo_source/{sample}.log",
    benchmark:
        "logs/benchmarks/generate_pseudo_source/{sample}.jsonl"
    wildcard_constraints:
        sample=any_of(PSEUDO_SOURCES),
    conda:
        "../../envs/generator.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="4h",
    params:
        settings=pseudo_source_settings,
        code=script_code("generate.py"),
    script:
        "../scripts/generate.py"


rule draw_pseudo_data:
    """Draw events from all backgrounds as an experiment of a given luminosity would."""
    input:
        expand("resources/pseudo_data/{sample}.root", sample=PSEUDO_SOURCES),
    output:
        "resources/ntuples/{sample}/{part}.root",
    log:
        "logs/draw_pseudo_data/{sample}/{part}.log",
    benchmark:
        "logs/benchmarks/draw_pseudo_data/{sample}/{part}.jsonl"
    wildcard_constraints:
        sample=any_of(DRAWN),
    conda:
        "../../envs/generator.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="1h",
    params:
        settings=pseudo_data_settings,
        code=script_code("draw_pseudo_data.py"),
    script:
        "../scripts/draw_pseudo_data.py"
