# Tuning: networks of other shapes, compared by their loss on background. No signal is read.


rule tune:
    """Do a batch of trials; interrupted, it goes on from its last checkpoint."""
    input:
        megasets=list_megasets("megasets")[: TUNING.megasets],
        scaler=scaler_of_tuned,
        earlier=list_earlier_batches,
    output:
        "results/{selection}/tuning/{architecture}/{round}-{batch}.json",
    log:
        "logs/tune/{selection}/{architecture}/{round}-{batch}.log",
    benchmark:
        "logs/benchmarks/tune/{selection}/{architecture}/{round}-{batch}.jsonl"
    wildcard_constraints:
        round=r"\d+",
        batch=r"\d+",
    conda:
        "../../envs/gpu.yaml"
    threads: CONFIG.training.threads
    resources:
        mem_mb=grow(4000),
        runtime="24h",
    params:
        settings=tuning_settings,
        code=tuning_code,
        checkpoint="results/{selection}/checkpoints/tuning/{architecture}/{round}-{batch}.json",
        checkpoint_interval=CONFIG.training.checkpoint_interval,
    script:
        "../scripts/tune.py"


rule collect_trials:
    """Put all trials together, and write the network of the best one."""
    input:
        list_batches(range(TUNING.rounds)),
    output:
        trials="results/{selection}/tuning/{architecture}/trials.json",
        block="results/{selection}/tuning/{architecture}/best.yaml",
    log:
        "logs/collect_trials/{selection}/{architecture}.log",
    benchmark:
        "logs/benchmarks/collect_trials/{selection}/{architecture}.jsonl"
    conda:
        "../../envs/gpu.yaml"
    resources:
        mem_mb=grow(1000),
        runtime="30m",
    params:
        settings=trials_settings,
        code=trials_code,
    script:
        "../scripts/collect_trials.py"


rule draw_tuning:
    """Draw what the trials of all networks of a selection found."""
    input:
        expand(
            rules.collect_trials.output.trials,
            architecture=TUNED,
            allow_missing=True,
        ),
    output:
        directory("results/{selection}/sections/tuning"),
    log:
        "logs/draw_tuning/{selection}.log",
    benchmark:
        "logs/benchmarks/draw_tuning/{selection}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=tuning_section_settings,
        code=script_code("draw_tuning.py"),
    script:
        "../scripts/draw_tuning.py"


rule tuning:
    """All tunings, with their networks ready to paste."""
    input:
        expand(
            rules.collect_trials.output.block,
            selection=TUNING_SELECTIONS,
            architecture=TUNED,
        ),
        expand(rules.draw_tuning.output, selection=TUNING_SELECTIONS if TUNED else []),
