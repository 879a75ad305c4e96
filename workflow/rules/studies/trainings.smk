# Every classifier against every signal.

from jobs.studies import trainings


rule measure_trainings:
    """Compare what trainings find of signals that they were not told of."""
    input:
        given(trainings.list_scans),
    output:
        paths.TRAININGS,
    log:
        name_log("measure_trainings/{selection}"),
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(1000),
    params:
        settings=asked(trainings.describe_trainings),
        code=script_code("measure_trainings.py"),
    script:
        "../../scripts/measure_trainings.py"
