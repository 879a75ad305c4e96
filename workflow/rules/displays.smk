# Matrices of single events, differences of mean matrices, and which cells make events anomalous.


rule compare_matrices:
    """Compare the mean matrices of channels and signals with that of the background."""
    input:
        megasets=list_megasets("megasets"),
        signals=list_signal_shards,
    output:
        "results/{selection}/differences.json",
    log:
        "logs/compare_matrices/{selection}.log",
    benchmark:
        "logs/benchmarks/compare_matrices/{selection}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="1h",
    params:
        settings=comparison_settings,
        code=script_code("compare_matrices.py"),
    script:
        "../scripts/compare_matrices.py"


rule collect_displays:
    """Collect typical and most anomalous simulated events, as one network sees them."""
    input:
        model="results/{selection}/models/{architecture}/model.onnx",
        background="results/{selection}/scores/{architecture}/background.parquet",
        signals=list_scores("signals"),
        test=list_megasets("test"),
        shards=list_signal_shards,
    output:
        "results/{selection}/displays/{architecture}.json",
    log:
        "logs/collect_displays/{selection}/{architecture}.log",
    benchmark:
        "logs/benchmarks/collect_displays/{selection}/{architecture}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="1h",
    params:
        settings=display_settings,
        code=script_code("collect_displays.py"),
    script:
        "../scripts/collect_displays.py"


rule explain_losses:
    """Compute the mean error of each cell for background, signals and altered events."""
    input:
        model="results/{selection}/models/{architecture}/model.onnx",
        test=list_megasets("test"),
        shards=list_signal_shards,
        altered=altered_events,
    output:
        "results/{selection}/explanations/{architecture}.json",
    log:
        "logs/explain_losses/{selection}/{architecture}.log",
    benchmark:
        "logs/benchmarks/explain_losses/{selection}/{architecture}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="4h",
    params:
        settings=explanation_settings,
        code=script_code("explain_losses.py"),
    script:
        "../scripts/explain_losses.py"


rule draw_displays:
    """Draw single events, differences of mean matrices and errors of cells of a selection."""
    input:
        differences=rules.compare_matrices.output,
        displays=list_displays("displays"),
        explanations=list_displays("explanations"),
    output:
        directory("results/{selection}/sections/matrix_displays"),
    log:
        "logs/draw_displays/{selection}.log",
    benchmark:
        "logs/benchmarks/draw_displays/{selection}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="1h",
    params:
        settings=display_section_settings,
        code=script_code("draw_displays.py"),
    script:
        "../scripts/draw_displays.py"
