# Tuning: networks of other shapes, compared by their loss on background. No signal is read.

from jobs.studies import tuning


rule tune:
    """Do a batch of trials; interrupted, it goes on from its last checkpoint."""
    input:
        megasets=given(tuning.list_trained_megasets),
        scaler=given(inputs.find_scaler),
        earlier=given(tuning.list_earlier_batches),
    output:
        paths.TRIAL_BATCH,
    log:
        name_log("tune/{selection}/{architecture}/{round}-{batch}"),
    benchmark:
        name_benchmark("tune/{selection}/{architecture}/{round}-{batch}")
    wildcard_constraints:
        round=r"\d+",
        batch=r"\d+",
    conda:
        "../../../envs/gpu.yaml"
    threads: CONTEXT.config.training.threads
    resources:
        mem_mb=grow(4000),
        runtime="24h",
    params:
        settings=asked(tuning.describe_batch),
        code=given(digest_tuning, "tune.py"),
        checkpoint=paths.TRIAL_CHECKPOINT,
        checkpoint_interval=CONTEXT.config.training.checkpoint_interval,
        expand=CONTEXT.config.training.expand,
    script:
        "../../scripts/tune.py"


rule collect_trials:
    """Put all trials together, and write the network of the best one."""
    input:
        given(tuning.list_all_batches),
    output:
        trials=paths.TRIALS,
        block=paths.BEST_TRIAL,
    log:
        name_log("collect_trials/{selection}/{architecture}"),
    benchmark:
        name_benchmark("collect_trials/{selection}/{architecture}")
    conda:
        "../../../envs/gpu.yaml"
    resources:
        mem_mb=grow(1000),
        runtime="30m",
    params:
        settings=asked(tuning.describe_trials),
        code=given(digest_tuning, "collect_trials.py"),
    script:
        "../../scripts/collect_trials.py"


rule tuning:
    """All tunings, with their networks ready to paste."""
    input:
        tuning.list_targets(CONTEXT),
