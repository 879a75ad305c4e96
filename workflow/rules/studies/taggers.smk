# How much background classifiers reject, by momentum.

from jobs.studies import taggers


rule measure_taggers:
    """Measure what all taggers reject of each background channel."""
    input:
        backgrounds=given(taggers.list_backgrounds),
        signals=given(taggers.list_signals),
        weights=given(inputs.list_signal_weights),
    output:
        paths.TAGGERS,
    log:
        name_log("measure_taggers/{selection}"),
    benchmark:
        name_benchmark("measure_taggers/{selection}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(3000),
    params:
        settings=asked(taggers.describe_measurement),
        code=script_code("measure_taggers.py"),
    script:
        "../../scripts/measure_taggers.py"


rule measure_tagger_images:
    """Measure what a tagger sees in images of jets."""
    input:
        model=given(inputs.find_network),
        background=given(taggers.find_background),
        signals=given(inputs.list_signal_scores),
        jets=given(taggers.list_scored_jets),
        shards=given(inputs.list_signal_shards),
        weights=given(inputs.list_signal_weights),
    output:
        paths.TAGGER_IMAGES,
    log:
        name_log("measure_tagger_images/{selection}/{architecture}"),
    benchmark:
        name_benchmark("measure_tagger_images/{selection}/{architecture}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(3000),
    params:
        settings=asked(taggers.describe_images),
        code=given(digest_shown, "measure_tagger_images.py"),
    script:
        "../../scripts/measure_tagger_images.py"


rule score_across:
    """Score the jets of a selection with a tagger of another one."""
    input:
        models=given(taggers.list_networks_across),
        fold_map=given(taggers.find_fold_map_across),
        events=given(inputs.list_events),
    output:
        paths.SCORES_ACROSS,
    log:
        name_log("score_across/{selection}/{other}/{model}/{dataset}"),
    benchmark:
        name_benchmark("score_across/{selection}/{other}/{model}/{dataset}")
    wildcard_constraints:
        other=match_any(CONTEXT.config.studies.taggers.across),
        dataset=match_any(["background", *CONTEXT.signals]),
    conda:
        "../../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="4h",
    params:
        settings=asked(model_settings.describe_scoring),
        code=given(digest_shown, "score_across.py"),
    script:
        "../../scripts/score_across.py"
