# Scores of the test set, of every signal, and of data: blinded until the configuration says otherwise.


rule score:
    """Compute the scores of every event of a dataset."""
    input:
        model=paths.ONNX,
        events=given(inputs.list_events),
    output:
        paths.SCORES,
    log:
        name_log("score/{selection}/{model}/{dataset}"),
    benchmark:
        name_benchmark("score/{selection}/{model}/{dataset}")
    wildcard_constraints:
        dataset=match_any(["background", "altered", "blind", *CONTEXT.signals]),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="4h",
    params:
        settings=asked(settings.describe_scoring),
        code=given(digest_shown, "score.py"),
    script:
        "../scripts/score.py"


rule score_data:
    """Compute the scores of data; until unblinding, keep events that no cut selects."""
    input:
        model=paths.ONNX,
        events=given(inputs.list_events),
        background=given(inputs.find_blinding),
    output:
        paths.SCORES,
    log:
        name_log("score_data/{selection}/{model}/{dataset}"),
    benchmark:
        name_benchmark("score_data/{selection}/{model}/{dataset}")
    wildcard_constraints:
        dataset=match_any(CONTEXT.data),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="4h",
    params:
        settings=asked(settings.describe_data_scoring),
        code=given(digest_shown, "score_data.py"),
    script:
        "../scripts/score_data.py"


rule score_baseline:
    """Compute the baseline of every event of a dataset; data are blinded as for a network."""
    input:
        model=given(inputs.find_baseline),
        events=given(inputs.list_events),
        background=given(inputs.find_blinding),
    output:
        fill(paths.SCORES, model="{baseline}"),
    log:
        name_log("score_baseline/{selection}/{baseline}/{dataset}"),
    benchmark:
        name_benchmark("score_baseline/{selection}/{baseline}/{dataset}")
    wildcard_constraints:
        dataset=match_any(["background", "altered", "blind", *CONTEXT.samples]),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="4h",
    params:
        settings=asked(settings.describe_baseline_scoring),
        code=given(digest_baseline, "score_baseline.py"),
    script:
        "../scripts/score_baseline.py"
