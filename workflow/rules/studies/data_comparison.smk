# Data against simulation: every feature of the events that no cut on the score selects.

from jobs.studies import data_comparison


rule compare_data:
    """Compare data with the test set in every feature."""
    input:
        tests=given(data_comparison.list_tests),
        scores=given(data_comparison.SCORES.list_background),
        shifted=given(data_comparison.list_shifted),
        shifted_scores=given(data_comparison.SCORES.list_shifted),
        data_scores=given(data_comparison.SCORES.list_data),
        data=given(data_comparison.list_data),
        data_weights=given(inputs.list_corrections_of_data),
        checked=given(inputs.find_data_check),
    output:
        numbers=paths.COMPARISON,
        histograms=paths.COMPARED_HISTOGRAMS,
    log:
        name_log("compare_data/{selection}"),
    benchmark:
        name_benchmark("compare_data/{selection}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=asked(data_comparison.describe_comparison),
        code=script_code("compare_data.py"),
    script:
        "../../scripts/compare_data.py"
