# One ROOT file and one selection become one shard of rapidity-mass matrices.


rule build_shard:
    """Select events and compute their matrices."""
    input:
        ntuple_file,
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
        mem_mb=2000,
        runtime="2h",
    params:
        settings=shard_settings,
        code=script_code("build_shard.py"),
    script:
        "../scripts/build_shard.py"
