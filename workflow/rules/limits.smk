# Expected upper limits on the cross sections of signals, by each score.


rule fit_limit:
    """Compute the expected upper limit on one signal by one score."""
    input:
        background=scores_of_background,
        signal=scores_of_signal,
        weight="results/samples/{signal}.json",
        shifted=shifted_scores_of_background,
    output:
        limit="results/{selection}/limits/{scorer}/{signal}.json",
        workspace="results/{selection}/limits/{scorer}/{signal}.workspace.json",
    log:
        "logs/fit_limit/{selection}/{scorer}/{signal}.log",
    benchmark:
        "logs/benchmarks/fit_limit/{selection}/{scorer}/{signal}.jsonl"
    wildcard_constraints:
        signal=any_of(SIGNALS),
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=limit_settings,
        code=script_code("fit_limit.py"),
    script:
        "../scripts/fit_limit.py"


rule draw_limits:
    """Draw and describe the expected limits of a selection."""
    input:
        list_limits,
    output:
        directory("results/{selection}/sections/limits"),
    log:
        "logs/draw_limits/{selection}.log",
    benchmark:
        "logs/benchmarks/draw_limits/{selection}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=limit_section_settings,
        code=script_code("draw_limits.py"),
    script:
        "../scripts/draw_limits.py"
