# One ROOT file and one selection become one shard of rapidity-mass matrices.


rule build_shard:
    """Select events and compute their matrices."""
    input:
        file=ntuple_file,
        verdict=verdict_of_file,
        certified=certified_of_sample,
    output:
        shard="results/{selection}/rmm/{sample}/{part}.parquet",
        cutflow="results/{selection}/rmm/{sample}/{part}.cutflow.json",
    log:
        "logs/build_shard/{selection}/{sample}/{part}.log",
    benchmark:
        "logs/benchmarks/build_shard/{selection}/{sample}/{part}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=shard_settings,
        code=script_code("build_shard.py"),
        source=describe_source,
    script:
        "../scripts/build_shard.py"


rule collect_cutflows:
    """Add up the cutflows of a selection; refuse signals and data without selected events."""
    input:
        list_cutflows,
    output:
        "results/{selection}/cutflow.json",
    log:
        "logs/collect_cutflows/{selection}.log",
    benchmark:
        "logs/benchmarks/collect_cutflows/{selection}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(500),
        runtime="10m",
    params:
        settings=cutflow_settings,
        code=script_code("collect_cutflows.py"),
    script:
        "../scripts/collect_cutflows.py"
