# What scores find of many signals, and what speaks for a score without any.

from jobs.studies import sensitivity


rule grow_ceilings:
    """Grow trees on each signal, and those of a prior from other seeds."""
    input:
        megasets=given(inputs.list_megasets),
        samples=given(sensitivity.list_samples),
        scalers=given(inputs.list_fold_scalers),
    output:
        paths.CEILINGS,
    log:
        name_log("grow_ceilings/{selection}/{architecture}"),
    benchmark:
        name_benchmark("grow_ceilings/{selection}/{architecture}")
    conda:
        "../../../envs/gpu.yaml"
    threads: CONTEXT.config.training.threads
    resources:
        mem_mb=grow(3000),
        runtime="4h",
    params:
        settings=asked(sensitivity.describe_ceilings),
        code=given(digest_shown, "grow_ceilings.py"),
    script:
        "../../scripts/grow_ceilings.py"


rule judge_scores:
    """Hold scores against made-up signals, and measure what they know beyond MET."""
    input:
        backgrounds=given(sensitivity.list_backgrounds),
        signals=given(sensitivity.list_signal_scores),
    output:
        paths.JUDGED_SCORES,
    log:
        name_log("judge_scores/{selection}"),
    benchmark:
        name_benchmark("judge_scores/{selection}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="1h",
    params:
        settings=asked(sensitivity.describe_scores),
        code=script_code("judge_scores.py"),
    script:
        "../../scripts/judge_scores.py"
