# Signals hidden among simulated events.

from jobs.studies import blind_test


rule measure_power:
    """Measure how often tests find signals that are hidden among simulated events."""
    input:
        background=given(blind_test.list_background),
        signals=given(blind_test.list_signals),
        weights=given(blind_test.list_weights),
        shifted=given(blind_test.list_shifted),
        data_weights=given(inputs.list_corrections_of_data),
    output:
        paths.BLIND,
    log:
        name_log("measure_power/{selection}"),
    benchmark:
        name_benchmark("measure_power/{selection}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="4h",
    params:
        settings=asked(blind_test.describe_study),
        code=script_code("measure_power.py"),
    script:
        "../../scripts/measure_power.py"
