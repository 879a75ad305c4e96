# Figures, each as PNG, PDF and the numbers in it.


rule draw_network:
    """Draw losses, scores, spectra behind cuts and significances of one network."""
    input:
        history=given(inputs.find_history),
        background=fill(paths.SCORES, model="{architecture}", dataset="background"),
        signals=given(inputs.list_signal_scores),
        data=given(inputs.list_data_scores),
        data_weights=given(inputs.list_corrections_of_data),
        checked=given(inputs.find_data_check),
        weights=given(inputs.list_signal_weights),
        scans=given(inputs.list_scans),
        shifted=given(systematics.list_shifted_scores_of_network),
    output:
        report(
            directory(paths.FIGURES),
            patterns=["{figure}.png"],
            category="{selection}",
            subcategory="{architecture}",
            labels={"figure": "{figure}"},
        ),
    log:
        name_log("draw_network/{selection}/{architecture}"),
    benchmark:
        name_benchmark("draw_network/{selection}/{architecture}")
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime=grow_with_events(CONTEXT, minutes=10),
    params:
        settings=asked(result_settings.describe_figures),
        code=script_code("draw_network.py"),
    script:
        "../scripts/draw_network.py"


rule draw_comparison:
    """Draw significances and ROC curves of all scores beside each other."""
    input:
        scans=given(comparison.list_scans),
        fits=given(comparison.list_fits),
    output:
        report(
            directory(paths.COMPARED_SCORERS),
            patterns=["{figure}.png"],
            category="{selection}",
            subcategory="all scores",
            labels={"figure": "{figure}"},
        ),
    log:
        name_log("draw_comparison/{selection}"),
    benchmark:
        name_benchmark("draw_comparison/{selection}")
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=asked(comparison.describe),
        code=script_code("draw_comparison.py"),
    script:
        "../scripts/draw_comparison.py"


rule draw_matrices:
    """Draw the mean matrix of every channel and signal of a selection."""
    input:
        megasets=given(inputs.list_megasets),
        signals=given(inputs.list_signal_shards),
    output:
        report(
            directory(paths.MATRICES),
            patterns=["{figure}.png"],
            category="{selection}",
            subcategory="mean matrices of {representation}",
            labels={"figure": "{figure}"},
        ),
    log:
        name_log("draw_matrices/{selection}/{representation}"),
    benchmark:
        name_benchmark("draw_matrices/{selection}/{representation}")
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="1h",
    params:
        settings=asked(result_settings.describe_matrices),
        code=script_code("draw_matrices.py"),
    script:
        "../scripts/draw_matrices.py"


rule draw_section:
    """Draw and describe what a study, or the systematic variations, found in a selection."""
    input:
        unpack(given(sections.list_inputs)),
    output:
        directory(paths.SECTION),
    log:
        name_log("draw_section/{selection}/{study}"),
    benchmark:
        name_benchmark("draw_section/{selection}/{study}")
    wildcard_constraints:
        study=match_any(sections.list_studies(CONTEXT)),
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="1h",
    params:
        settings=asked(sections.describe),
        code=given(sections.digest),
    script:
        "../scripts/draw_section.py"
