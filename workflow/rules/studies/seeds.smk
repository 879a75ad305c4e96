# Seeds: how results spread over trainings that differ in their seeds alone.

from jobs.studies import seeds


rule measure_seeds:
    """Measure the spread of every result of a network over its replicas."""
    input:
        backgrounds=given(seeds.list_backgrounds),
        signals=given(seeds.list_signals),
        weights=given(inputs.list_signal_weights),
    output:
        paths.SEEDS,
    log:
        name_log("measure_seeds/{selection}/{architecture}"),
    benchmark:
        name_benchmark("measure_seeds/{selection}/{architecture}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="1h",
    params:
        settings=asked(seeds.describe_spread),
        code=script_code("measure_seeds.py"),
    script:
        "../../scripts/measure_seeds.py"
