# Scores of data, blinded until the configuration says otherwise; and signals hidden among data.


rule score_data:
    """Compute the scores of data; until unblinding, keep events that no cut selects."""
    input:
        model=rules.train.output.onnx,
        events=data_to_score,
        background=background_to_blind,
    output:
        "results/{selection}/scores/{model}/{dataset}.parquet",
    log:
        "logs/score_data/{selection}/{model}/{dataset}.log",
    benchmark:
        "logs/benchmarks/score_data/{selection}/{model}/{dataset}.jsonl"
    wildcard_constraints:
        dataset=any_of(DATA),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="4h",
    params:
        settings=data_scoring_settings,
        code=shown_code("score_data.py"),
    script:
        "../scripts/score_data.py"


rule mix_blind:
    """Put signal events in the place of some data, and seal what each event is."""
    input:
        data=data_to_mix,
        checked=check_of_data,
        signals=signals_to_mix,
    output:
        events="results/{selection}/blind/events.parquet",
        labels="results/{selection}/blind/sealed/labels.parquet",
    log:
        "logs/mix_blind/{selection}.log",
    benchmark:
        "logs/benchmarks/mix_blind/{selection}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=mixing_settings,
        code=script_code("mix_blind.py"),
    script:
        "../scripts/mix_blind.py"


rule study_blind:
    """Look for an excess in the scores of the mixture; after unblinding, say what it was."""
    input:
        background=scores_of_background,
        shifted=shifted_scores_of_blind,
        mixture=scores_of_mixture,
        labels=sealed_labels,
        data=scores_of_unmixed,
        data_weights=corrections_of_data,
    output:
        "results/{selection}/blind/{scorer}.json",
    log:
        "logs/study_blind/{selection}/{scorer}.log",
    benchmark:
        "logs/benchmarks/study_blind/{selection}/{scorer}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="1h",
    params:
        settings=blind_settings,
        code=script_code("study_blind.py"),
    script:
        "../scripts/study_blind.py"


rule draw_blind:
    """Draw and describe the blind test of a selection."""
    input:
        results=list_blind_results,
        data_weights=corrections_of_data,
    output:
        directory("results/{selection}/sections/blind_test"),
    log:
        "logs/draw_blind/{selection}.log",
    benchmark:
        "logs/benchmarks/draw_blind/{selection}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=blind_section_settings,
        code=script_code("draw_blind.py"),
    script:
        "../scripts/draw_blind.py"
