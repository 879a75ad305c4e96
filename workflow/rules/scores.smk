# Scores of the test set, of every signal, and of data: blinded until the configuration says otherwise.


rule score:
    """Compute the scores of every event of a dataset."""
    input:
        models=given(inputs.list_networks),
        fold_map=given(inputs.find_fold_map),
        events=given(inputs.list_events),
    output:
        paths.SCORES,
    log:
        name_log("score/{selection}/{model}/{dataset}"),
    benchmark:
        name_benchmark("score/{selection}/{model}/{dataset}")
    wildcard_constraints:
        dataset=match_any(["background", "altered", *CONTEXT.signals]),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1500),
        runtime=grow_with_events(CONTEXT, minutes=30),
    params:
        settings=asked(model_settings.describe_scoring),
        code=given(digest_shown, "score.py"),
    script:
        "../scripts/score.py"


use rule score as score_folds with:
    input:
        models=given(inputs.list_networks),
        events=given(inputs.list_events),
    output:
        scores=paths.SCORES,
        fold_map=paths.FOLD_MAP,
    log:
        name_log("score_folds/{selection}/{model}/{dataset}"),
    benchmark:
        name_benchmark("score_folds/{selection}/{model}/{dataset}")
    wildcard_constraints:
        model=match_any(CONTEXT.list_folded(CONTEXT.networks)),
        dataset="background",
    resources:
        mem_mb=grow(1500),
        runtime=grow_with_events(CONTEXT, minutes=240),


rule score_data:
    """Compute the scores of data; until unblinding, keep events that no cut selects."""
    input:
        models=given(inputs.list_networks),
        fold_map=given(inputs.find_fold_map),
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
        runtime=grow_with_events(CONTEXT, minutes=30),
    params:
        settings=asked(model_settings.describe_data_scoring),
        code=given(digest_shown, "score_data.py"),
    script:
        "../scripts/score_data.py"


rule score_baseline:
    """Compute the baseline of every event of a dataset; data are blinded as for a network."""
    input:
        models=given(inputs.list_baselines),
        fold_map=given(inputs.find_fold_map),
        events=given(inputs.list_events),
        background=given(inputs.find_blinding),
    output:
        fill(paths.SCORES, model="{baseline}"),
    log:
        name_log("score_baseline/{selection}/{baseline}/{dataset}"),
    benchmark:
        name_benchmark("score_baseline/{selection}/{baseline}/{dataset}")
    wildcard_constraints:
        baseline=match_any(list_rivals(CONTEXT.config)),
        dataset=match_any(["background", "altered", *CONTEXT.samples]),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1500),
        runtime=grow_with_events(CONTEXT, minutes=30),
    params:
        settings=asked(model_settings.describe_baseline_scoring),
        code=given(digest_baseline, "score_baseline.py"),
    script:
        "../scripts/score_baseline.py"


use rule score_baseline as score_baseline_folds with:
    input:
        models=given(inputs.list_baselines),
        events=given(inputs.list_events),
        background=given(inputs.find_blinding),
    output:
        scores=fill(paths.SCORES, model="{baseline}"),
        fold_map=fill(paths.FOLD_MAP, model="{baseline}"),
    log:
        name_log("score_baseline_folds/{selection}/{baseline}/{dataset}"),
    benchmark:
        name_benchmark("score_baseline_folds/{selection}/{baseline}/{dataset}")
    wildcard_constraints:
        baseline=match_any(CONTEXT.list_folded(CONTEXT.config.baselines)),
        dataset="background",
    resources:
        mem_mb=grow(1500),
        runtime=grow_with_events(CONTEXT, minutes=240),


rule combine_scores:
    """Combine several scores of every event of a dataset; data are blinded as for a network."""
    input:
        scores=given(inputs.list_combined_scores),
        calibration=given(inputs.list_combined_background),
        background=given(inputs.find_blinding),
    output:
        fill(paths.SCORES, model="{baseline}"),
    log:
        name_log("combine_scores/{selection}/{baseline}/{dataset}"),
    benchmark:
        name_benchmark("combine_scores/{selection}/{baseline}/{dataset}")
    wildcard_constraints:
        baseline=match_any(list_combinations(CONTEXT.config)),
        dataset=match_any(["background", "altered", *CONTEXT.samples]),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1500),
        runtime=grow_with_events(CONTEXT, minutes=60),
    params:
        settings=asked(model_settings.describe_combination),
        code=script_code("combine_scores.py"),
    script:
        "../scripts/combine_scores.py"


# Of folds, the background's scores come with the map that brings all other scores to their scale.
ruleorder: score_folds > score
ruleorder: score_baseline_folds > score_baseline
