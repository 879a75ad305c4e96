# What people look at before they trust a classifier.

from jobs.studies import classifier_checks


rule check_classifier:
    """Check overtraining, calibration, importance of features, and what cuts leave."""
    input:
        model=given(inputs.find_network),
        booster=given(classifier_checks.list_booster),
        megasets=given(classifier_checks.list_events),
        signals=given(classifier_checks.list_signals),
        background=fill(paths.SCORES, model="{architecture}", dataset="background"),
        scores=given(classifier_checks.list_signal_scores),
        weights=given(classifier_checks.list_signal_weights),
    output:
        paths.CLASSIFIER_CHECKS,
    log:
        name_log("check_classifier/{selection}/{architecture}"),
    benchmark:
        name_benchmark("check_classifier/{selection}/{architecture}")
    conda:
        "../../../envs/gpu.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="1h",
    params:
        settings=asked(classifier_checks.describe_checks),
        code=given(digest_shown, "check_classifier.py"),
    script:
        "../../scripts/check_classifier.py"
