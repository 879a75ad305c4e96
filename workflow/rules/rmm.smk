# One ROOT file and one selection become one shard of rapidity-mass matrices.


def ntuple_file(wildcards):
    return PARTS[wildcards.sample][wildcards.part]


def shard_settings(wildcards):
    sample = SAMPLES[wildcards.sample]
    return write_canonical(
        {
            "sample": sample.sample,
            "is_data": sample.is_data,
            "format": ANALYSIS.formats[sample.format],
            "cuts": SELECTIONS[wildcards.selection].cuts,
            "types": list(CONFIG.rmm.types.items()),
            "rmm": CONFIG.rmm.model_dump(mode="json", exclude={"types"}),
            "seed": CONFIG.seed,
        }
    )


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
