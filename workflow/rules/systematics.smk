# Systematic variations: shards of shifted simulation, the test set made of them, and their scores.


use rule build_shard as build_shifted_shard with:
    output:
        shard=paths.SHIFTED_SHARD,
        cutflow=paths.SHIFTED_CUTFLOW,
    log:
        name_log("build_shard/{selection}/{representation}/{shift}/{sample}/{part}"),
    benchmark:
        name_benchmark(
            "build_shard/{selection}/{representation}/{shift}/{sample}/{part}"
        )
    params:
        settings=asked(systematics.describe_shifted_shard),


use rule build_shifted_shard as build_shifted_piece with:
    output:
        shard=paths.SHIFTED_PIECE,
        cutflow=paths.SHIFTED_PIECE_CUTFLOW,
    log:
        name_log(
            "build_piece/{selection}/{representation}/{shift}/{sample}/{part}/{piece}"
        ),
    benchmark:
        name_benchmark(
            "build_piece/{selection}/{representation}/{shift}/{sample}/{part}/{piece}"
        )
    wildcard_constraints:
        part=pieces.match_split(CONTEXT),
    resources:
        mem_mb=grow(2000),
        runtime=grow_with_events(CONTEXT, minutes=60),


use rule join_pieces as join_shifted_pieces with:
    input:
        shards=given(pieces.list_pieces, paths.SHIFTED_PIECE),
        cutflows=given(pieces.list_pieces, paths.SHIFTED_PIECE_CUTFLOW),
    output:
        shard=paths.SHIFTED_SHARD,
        cutflow=paths.SHIFTED_CUTFLOW,
    log:
        name_log("join_pieces/{selection}/{representation}/{shift}/{sample}/{part}"),
    benchmark:
        name_benchmark(
            "join_pieces/{selection}/{representation}/{shift}/{sample}/{part}"
        )


rule merge_shifted:
    """Merge the shifted events of all backgrounds that belong to the test set."""
    input:
        shards=given(systematics.list_shifted_background),
        weights=given(inputs.list_background_weights),
    output:
        paths.SHIFTED_TEST,
    log:
        name_log("merge_shifted/{selection}/{shift}/{representation}"),
    benchmark:
        name_benchmark("merge_shifted/{selection}/{shift}/{representation}")
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="2h",
    params:
        settings=asked(settings.describe_test_set),
        code=script_code("merge_shifted.py"),
    script:
        "../scripts/merge_shifted.py"


use rule score as score_shifted with:
    input:
        models=given(inputs.list_networks),
        fold_map=given(inputs.find_fold_map),
        events=given(systematics.list_shifted_events),
    output:
        paths.SHIFTED_SCORES,
    log:
        name_log("score/{selection}/{shift}/{model}/{dataset}"),
    benchmark:
        name_benchmark("score/{selection}/{shift}/{model}/{dataset}")
    wildcard_constraints:
        dataset=match_any(["background", *CONTEXT.signals]),


use rule score_baseline as score_shifted_baseline with:
    input:
        models=given(inputs.list_baselines),
        fold_map=given(inputs.find_fold_map),
        events=given(systematics.list_shifted_events),
        background=given(inputs.find_blinding),
    output:
        fill(paths.SHIFTED_SCORES, model="{baseline}"),
    log:
        name_log("score_baseline/{selection}/{shift}/{baseline}/{dataset}"),
    benchmark:
        name_benchmark("score_baseline/{selection}/{shift}/{baseline}/{dataset}")
    wildcard_constraints:
        baseline=match_any(list_rivals(CONTEXT.config)),
        dataset=match_any(["background", *CONTEXT.signals]),


use rule combine_scores as combine_shifted_scores with:
    input:
        scores=given(systematics.list_shifted_combined),
        calibration=given(inputs.list_combined_background),
        background=given(inputs.find_blinding),
    output:
        fill(paths.SHIFTED_SCORES, model="{baseline}"),
    log:
        name_log("combine_scores/{selection}/{shift}/{baseline}/{dataset}"),
    benchmark:
        name_benchmark("combine_scores/{selection}/{shift}/{baseline}/{dataset}")
    wildcard_constraints:
        baseline=match_any(list_combinations(CONTEXT.config)),
        dataset=match_any(["background", *CONTEXT.signals]),
