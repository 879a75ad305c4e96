# Every classifier against every signal.

from jobs.studies import trainings


rule combine_trainings:
    """Make one score of several trainings, and scan cuts on it for every signal."""
    input:
        backgrounds=given(trainings.list_backgrounds),
        signals=given(trainings.list_signals),
        weights=given(inputs.list_signal_weights),
    output:
        paths.COMBINED_TRAININGS,
    log:
        name_log("combine_trainings/{selection}"),
    benchmark:
        name_benchmark("combine_trainings/{selection}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="2h",
    params:
        settings=asked(trainings.describe_combination),
        code=script_code("combine_trainings.py"),
    script:
        "../../scripts/combine_trainings.py"


rule measure_trainings:
    """Compare what trainings find of signals that they were not told of."""
    input:
        scans=given(trainings.list_scans),
        combinations=given(trainings.list_combinations),
    output:
        paths.TRAININGS,
    log:
        name_log("measure_trainings/{selection}"),
    benchmark:
        name_benchmark("measure_trainings/{selection}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(1000),
    params:
        settings=asked(trainings.describe_trainings),
        code=script_code("measure_trainings.py"),
    script:
        "../../scripts/measure_trainings.py"


rule grow_categories:
    """Grow trees on each category of signals, and hold them against all signals."""
    input:
        megasets=given(inputs.list_megasets),
        samples=given(trainings.list_samples),
        scalers=given(inputs.list_fold_scalers),
    output:
        paths.CATEGORIES,
    log:
        name_log("grow_categories/{selection}/{architecture}"),
    benchmark:
        name_benchmark("grow_categories/{selection}/{architecture}")
    conda:
        "../../../envs/gpu.yaml"
    threads: CONTEXT.config.training.threads
    resources:
        mem_mb=grow(3000),
        runtime="4h",
    params:
        settings=asked(trainings.describe_categories),
        code=given(digest_shown, "grow_categories.py"),
    script:
        "../../scripts/grow_categories.py"
