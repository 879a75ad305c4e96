# One ROOT file and one selection become one shard of events as models see them.


rule build_shard:
    """Select events and show them as models see them."""
    input:
        file=ntuple_file,
        verdict=verdict_of_file,
        certified=certified_of_sample,
    output:
        shard=f"results/{{selection}}/{SHOWN}/shards/{{sample}}/{{part}}.parquet",
        cutflow=f"results/{{selection}}/{SHOWN}/shards/{{sample}}/{{part}}.cutflow.json",
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
        code=shown_code("build_shard.py"),
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
