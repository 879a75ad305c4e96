# Figures, each as PNG, PDF and the numbers in it; one job a network, one for the matrices.


rule draw_network:
    """Draw losses, scores, spectra behind cuts and significances of one network."""
    input:
        history="results/{selection}/models/{architecture}/history.json",
        background="results/{selection}/scores/{architecture}/background.parquet",
        signals=list_scores("signals"),
        data=list_scores("data"),
        data_weights=corrections_of_data,
        checked=check_of_data,
        weights=list_signal_weights,
        scans=list_scans,
        shifted=shifted_scores_of_network,
    output:
        report(
            directory("results/{selection}/figures/{architecture}"),
            patterns=["{figure}.png"],
            category="{selection}",
            subcategory="{architecture}",
            labels={"figure": "{figure}"},
        ),
    log:
        "logs/draw_network/{selection}/{architecture}.log",
    benchmark:
        "logs/benchmarks/draw_network/{selection}/{architecture}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=figure_settings,
        code=script_code("draw_network.py"),
    script:
        "../scripts/draw_network.py"


rule draw_matrices:
    """Draw the mean matrix of every channel and signal of a selection."""
    input:
        megasets=list_megasets("megasets"),
        signals=list_signal_shards,
    output:
        report(
            directory("results/{selection}/figures/matrices"),
            patterns=["{figure}.png"],
            category="{selection}",
            subcategory="mean matrices",
            labels={"figure": "{figure}"},
        ),
    log:
        "logs/draw_matrices/{selection}.log",
    benchmark:
        "logs/benchmarks/draw_matrices/{selection}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="1h",
    params:
        settings=matrix_settings,
        code=script_code("draw_matrices.py"),
    script:
        "../scripts/draw_matrices.py"
