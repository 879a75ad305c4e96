# One network per architecture, trained on every megaset in turn, and its variants; and baselines.


rule fit_scaler:
    """Fit a scaling of the inputs once, on the training part of all megasets."""
    input:
        given(inputs.list_megasets),
    output:
        paths.SCALER,
    log:
        name_log("fit_scaler/{selection}/{representation}/{scaler}"),
    benchmark:
        name_benchmark("fit_scaler/{selection}/{representation}/{scaler}")
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1000),
        runtime="2h",
    params:
        settings=asked(model_settings.describe_scaler),
        code=given(digest_shown, "fit_scaler.py"),
    script:
        "../scripts/fit_scaler.py"


rule train:
    """Train a network; interrupted, it goes on from its last checkpoint."""
    input:
        megasets=given(inputs.list_megasets_of_model),
        scaler=given(inputs.find_scaler),
        augmented=given(inputs.list_augmented_of_model),
        signals=given(inputs.list_signals_of_model),
        followed=given(inputs.list_followed),
    output:
        weights=paths.WEIGHTS,
        onnx=paths.ONNX,
        card=paths.CARD,
        history=paths.HISTORY,
    log:
        name_log("train/{selection}/{model}"),
    benchmark:
        name_benchmark("train/{selection}/{model}")
    wildcard_constraints:
        model=match_any(CONTEXT.list_trained(trees=False)),
    conda:
        "../../envs/gpu.yaml"
    threads: CONTEXT.config.training.cores
    resources:
        mem_mb=grow(4000 * CONTEXT.config.training.processes),
        runtime="24h",
        # of one machine; each wants a graphics processor, if there are any
        processes=CONTEXT.config.training.processes,
    params:
        settings=asked(model_settings.describe_training),
        code=given(digest_training),
        checkpoint=paths.CHECKPOINT,
        checkpoint_interval=CONTEXT.config.training.checkpoint_interval,
        expand=CONTEXT.config.training.expand,
    script:
        "../scripts/train.py"


rule grow_trees:
    """Grow boosted trees that tell signals from the background."""
    input:
        megasets=given(inputs.list_megasets_of_model),
        scaler=given(inputs.find_scaler),
        signals=given(inputs.list_signals_of_model),
    output:
        booster=paths.BOOSTER,
        onnx=paths.ONNX,
        card=paths.CARD,
        history=paths.HISTORY,
    log:
        name_log("grow_trees/{selection}/{model}"),
    benchmark:
        name_benchmark("grow_trees/{selection}/{model}")
    wildcard_constraints:
        model=match_any(CONTEXT.list_trained(trees=True)),
    conda:
        "../../envs/gpu.yaml"
    threads: CONTEXT.config.training.threads
    resources:
        mem_mb=grow(4000),
        runtime="24h",
    params:
        settings=asked(model_settings.describe_growth),
        code=given(digest_shown, "grow_trees.py"),
    script:
        "../scripts/grow_trees.py"


rule fit_baseline:
    """Fit a baseline to the training part of all megasets."""
    input:
        megasets=given(inputs.list_megasets),
        scaler=given(inputs.find_scaler_of_baseline),
        signals=given(inputs.list_signals_of_baseline),
    output:
        paths.BASELINE,
    log:
        name_log("fit_baseline/{selection}/{baseline}"),
    benchmark:
        name_benchmark("fit_baseline/{selection}/{baseline}")
    wildcard_constraints:
        baseline=match_any(CONTEXT.fits),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow_for_baseline(CONTEXT),
        runtime="4h",
    params:
        settings=asked(model_settings.describe_baseline),
        code=given(digest_baseline, "fit_baseline.py"),
    script:
        "../scripts/fit_baseline.py"
