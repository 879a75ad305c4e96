# Expected upper limits on the cross sections of signals, by each score.

from jobs.studies import limits


rule fit_limit:
    """Compute the expected upper limit on one signal by one score."""
    input:
        background=given(inputs.find_scores, "background"),
        signal=given(inputs.find_scores_of_signal),
        weight=fill(paths.SAMPLE, sample="{signal}"),
        shifted=given(systematics.list_shifted_scores, "background"),
    output:
        limit=paths.LIMIT,
        workspace=paths.WORKSPACE,
    log:
        name_log("fit_limit/{selection}/{scorer}/{signal}"),
    benchmark:
        name_benchmark("fit_limit/{selection}/{scorer}/{signal}")
    wildcard_constraints:
        signal=match_any(CONTEXT.signals),
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=asked(limits.describe_limit),
        code=script_code("fit_limit.py"),
    script:
        "../../scripts/fit_limit.py"
