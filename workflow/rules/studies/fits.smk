# Binned fits of signals by each score: significances, and upper limits on cross sections.

from jobs.studies import fits


rule fit_signal:
    """Fit the templates of one signal by one score."""
    input:
        background=given(inputs.find_scores, "background"),
        signal=given(inputs.find_scores_of_signal),
        weight=fill(paths.SAMPLE, sample="{signal}"),
        shifted_backgrounds=given(systematics.list_shifted_scores, "background"),
        shifted_signals=given(systematics.list_shifted_scores_of_signal),
        data=given(fits.list_data),
        data_weights=given(fits.list_data_weights),
    output:
        fit=paths.FIT,
        workspace=paths.WORKSPACE,
    log:
        name_log("fit_signal/{selection}/{scorer}/{signal}"),
    benchmark:
        name_benchmark("fit_signal/{selection}/{scorer}/{signal}")
    wildcard_constraints:
        signal=match_any(CONTEXT.signals),
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime=grow_with_events(CONTEXT, minutes=10),
    params:
        settings=asked(fits.describe_fit),
        code=script_code("fit_signal.py"),
    script:
        "../../scripts/fit_signal.py"
