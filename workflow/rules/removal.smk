# Channel removal: one background channel as if it were a signal, by networks that never saw it.


rule measure_removal:
    """Measure how well a network finds a channel that it was not trained on."""
    input:
        full="results/{selection}/scores/{architecture}/background.parquet",
        without="results/{selection}/scores/{architecture}-without-{channel}/background.parquet",
    output:
        "results/{selection}/channel_removal/{architecture}/{channel}.json",
    log:
        "logs/measure_removal/{selection}/{architecture}/{channel}.log",
    benchmark:
        "logs/benchmarks/measure_removal/{selection}/{architecture}/{channel}.jsonl"
    wildcard_constraints:
        channel=any_of(dict.fromkeys(sum(REMOVABLE.values(), []))),
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="30m",
    params:
        settings=removal_settings,
        code=script_code("measure_removal.py"),
    script:
        "../scripts/measure_removal.py"


rule measure_baseline_removal:
    """Measure how well a baseline tells each channel from the rest of the background."""
    input:
        full="results/{selection}/scores/{baseline}/background.parquet",
    output:
        "results/{selection}/channel_removal/{baseline}.json",
    log:
        "logs/measure_baseline_removal/{selection}/{baseline}.log",
    benchmark:
        "logs/benchmarks/measure_baseline_removal/{selection}/{baseline}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="30m",
    params:
        settings=removal_baseline_settings,
        code=script_code("measure_removal.py"),
    script:
        "../scripts/measure_removal.py"


rule draw_removal:
    """Draw and describe what networks make of channels that they were not trained on."""
    input:
        networks=list_removals,
        baselines=list_baseline_removals,
    output:
        directory("results/{selection}/sections/channel_removal"),
    log:
        "logs/draw_removal/{selection}.log",
    benchmark:
        "logs/benchmarks/draw_removal/{selection}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=removal_section_settings,
        code=script_code("draw_removal.py"),
    script:
        "../scripts/draw_removal.py"
