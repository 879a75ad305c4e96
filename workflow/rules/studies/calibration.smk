# P-values and intervals of experiments without a difference.

from jobs.studies import calibration


rule calibrate:
    """Draw experiments from simulation, and compare what they quote with what is true."""
    input:
        background=given(calibration.list_background),
        signal=given(calibration.list_signal),
        weight=given(calibration.find_weight),
        shifted=given(calibration.list_shifted),
        data_weights=given(inputs.list_corrections_of_data),
    output:
        paths.CALIBRATION,
    log:
        name_log("calibrate/{selection}"),
    benchmark:
        name_benchmark("calibrate/{selection}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="4h",
    params:
        settings=asked(calibration.describe_study),
        code=script_code("calibrate.py"),
    script:
        "../../scripts/calibrate.py"
