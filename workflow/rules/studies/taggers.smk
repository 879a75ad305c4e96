# How much background classifiers reject, by momentum.

from jobs.studies import taggers


rule measure_taggers:
    """Measure what all taggers reject of each background channel."""
    input:
        backgrounds=given(taggers.list_backgrounds),
        signals=given(taggers.list_signals),
        weights=given(inputs.list_signal_weights),
    output:
        paths.TAGGERS,
    log:
        name_log("measure_taggers/{selection}"),
    benchmark:
        name_benchmark("measure_taggers/{selection}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(3000),
    params:
        settings=asked(taggers.describe_measurement),
        code=script_code("measure_taggers.py"),
    script:
        "../../scripts/measure_taggers.py"
