# Replicas: how results spread over trainings that differ in their seeds alone.


rule measure_replicas:
    """Measure the spread of every result of a network over its replicas."""
    input:
        backgrounds=list_replica_backgrounds,
        signals=list_replica_signals,
        weights=list_signal_weights,
    output:
        "results/{selection}/replicas/{architecture}.json",
    log:
        "logs/measure_replicas/{selection}/{architecture}.log",
    benchmark:
        "logs/benchmarks/measure_replicas/{selection}/{architecture}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="1h",
    params:
        settings=replica_settings,
        code=script_code("measure_replicas.py"),
    script:
        "../scripts/measure_replicas.py"


rule draw_replicas:
    """Draw and describe the spread over seeds of all networks of a selection."""
    input:
        expand(
            rules.measure_replicas.output,
            architecture=REPLICA_NETWORKS,
            allow_missing=True,
        ),
    output:
        directory("results/{selection}/sections/replicas"),
    log:
        "logs/draw_replicas/{selection}.log",
    benchmark:
        "logs/benchmarks/draw_replicas/{selection}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=replica_section_settings,
        code=script_code("draw_replicas.py"),
    script:
        "../scripts/draw_replicas.py"
