# Cross sections and sums of weights become the weight of a sample's events.


rule normalise_sample:
    """Compute the weight in pb of a sample's events."""
    input:
        files=files_with_weights,
        verdict=verdict_of_file,
    output:
        "results/samples/{sample}.json",
    log:
        "logs/normalise_sample/{sample}.log",
    benchmark:
        "logs/benchmarks/normalise_sample/{sample}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1000),
        runtime="30m",
    params:
        settings=normalisation_settings,
        code=script_code("normalise_sample.py"),
        sources=sources_with_weights,
    script:
        "../scripts/normalise_sample.py"
