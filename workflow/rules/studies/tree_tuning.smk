# Boosted trees with other settings, compared by their loss in inner folds.

from jobs.studies import tree_tuning


rule tune_trees:
    """Search for settings of boosted trees among the events that their first training sees."""
    input:
        megasets=given(tree_tuning.list_events),
        signals=given(tree_tuning.list_signals),
        scaler=given(inputs.find_scaler),
    output:
        tuning=paths.TREE_TUNING,
        block=paths.TUNED_TREES,
    log:
        name_log("tune_trees/{selection}/{architecture}"),
    benchmark:
        name_benchmark("tune_trees/{selection}/{architecture}")
    conda:
        "../../../envs/gpu.yaml"
    threads: CONTEXT.config.training.threads
    resources:
        mem_mb=grow(4000),
        runtime="24h",
    params:
        settings=asked(tree_tuning.describe_tuning),
        code=given(digest_shown, "tune_trees.py"),
    script:
        "../../scripts/tune_trees.py"
