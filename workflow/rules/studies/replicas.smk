# Replicas: how results spread over trainings that differ in their seeds alone.

from jobs.studies import replicas


rule measure_replicas:
    """Measure the spread of every result of a network over its replicas."""
    input:
        backgrounds=given(replicas.list_backgrounds),
        signals=given(replicas.list_signals),
        weights=given(inputs.list_signal_weights),
    output:
        paths.REPLICAS,
    log:
        name_log("measure_replicas/{selection}/{architecture}"),
    benchmark:
        name_benchmark("measure_replicas/{selection}/{architecture}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="1h",
    params:
        settings=asked(replicas.describe_spread),
        code=script_code("measure_replicas.py"),
    script:
        "../../scripts/measure_replicas.py"
