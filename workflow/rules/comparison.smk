# Data against simulation: every feature of the events that no cut on the score selects.


rule compare_data:
    """Compare data with the test set in every feature."""
    input:
        tests=list_megasets("test"),
        scores=list_compared_scores(lambda selection: ["background"]),
        shifted=shifted_tests,
        shifted_scores=shifted_scores_of_compared,
        data_scores=list_compared_scores(list_data),
        data=list_data_shards,
        data_weights=corrections_of_data,
        checked=check_of_data,
    output:
        numbers="results/{selection}/data_comparison/features.json",
        histograms="results/{selection}/data_comparison/histograms.parquet",
    log:
        "logs/compare_data/{selection}.log",
    benchmark:
        "logs/benchmarks/compare_data/{selection}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=comparison_settings,
        code=script_code("compare_data.py"),
    script:
        "../scripts/compare_data.py"


rule draw_comparison:
    """Draw and describe how data compare with simulation in one selection."""
    input:
        numbers=rules.compare_data.output.numbers,
        histograms=rules.compare_data.output.histograms,
        data_weights=corrections_of_data,
    output:
        directory("results/{selection}/sections/data_comparison"),
    log:
        "logs/draw_comparison/{selection}.log",
    benchmark:
        "logs/benchmarks/draw_comparison/{selection}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="1h",
    params:
        settings=comparison_section_settings,
        code=script_code("draw_comparison.py"),
    script:
        "../scripts/draw_comparison.py"
