# Matrices of single events, differences of mean matrices, and which cells make events anomalous.

from jobs.studies import event_displays


rule compare_matrices:
    """Compare the mean matrices of channels and signals with that of the background."""
    input:
        megasets=given(inputs.list_megasets),
        signals=given(inputs.list_signal_shards),
    output:
        paths.DIFFERENCES,
    log:
        name_log("compare_matrices/{selection}/{representation}"),
    benchmark:
        name_benchmark("compare_matrices/{selection}/{representation}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="1h",
    params:
        settings=asked(event_displays.describe_differences),
        code=script_code("compare_matrices.py"),
    script:
        "../../scripts/compare_matrices.py"


rule collect_displays:
    """Collect typical and most anomalous simulated events, as one network sees them."""
    input:
        model=given(inputs.find_network),
        background=given(inputs.find_scores_of_one, "background"),
        signals=given(inputs.list_signal_scores_of_one),
        test=given(inputs.list_megasets, paths.TEST),
        shards=given(inputs.list_signal_shards),
    output:
        paths.DISPLAYS,
    log:
        name_log("collect_displays/{selection}/{architecture}"),
    benchmark:
        name_benchmark("collect_displays/{selection}/{architecture}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="1h",
    params:
        settings=asked(event_displays.describe_displays),
        code=script_code("collect_displays.py"),
    script:
        "../../scripts/collect_displays.py"


rule explain_losses:
    """Compute the mean error of each cell for background, signals and altered events."""
    input:
        model=given(inputs.find_network),
        test=given(inputs.list_megasets, paths.TEST),
        shards=given(inputs.list_signal_shards),
        altered=given(event_displays.list_altered),
    output:
        paths.EXPLANATIONS,
    log:
        name_log("explain_losses/{selection}/{architecture}"),
    benchmark:
        name_benchmark("explain_losses/{selection}/{architecture}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="4h",
    params:
        settings=asked(event_displays.describe_explanation),
        code=script_code("explain_losses.py"),
    script:
        "../../scripts/explain_losses.py"
