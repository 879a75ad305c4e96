# Data against simulation in all features at once.

from jobs.studies import two_sample


rule compare_samples:
    """Test whether data are distributed as simulation expects."""
    input:
        scores=given(two_sample.SCORES.list_background),
        shifted=given(two_sample.SCORES.list_shifted),
        data=given(two_sample.SCORES.list_data),
        elements=given(two_sample.list_elements),
        observed=given(two_sample.list_elements_of_data),
        data_weights=given(inputs.list_corrections_of_data),
        checked=given(inputs.find_data_check),
    output:
        paths.TWO_SAMPLE,
    log:
        name_log("compare_samples/{selection}"),
    benchmark:
        name_benchmark("compare_samples/{selection}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=asked(two_sample.describe_test),
        code=given(two_sample.digest),
    script:
        "../../scripts/compare_samples.py"
