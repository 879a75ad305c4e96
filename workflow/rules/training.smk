# One network per architecture, trained on every megaset in turn.


rule train:
    """Train a network; interrupted, it goes on from its last checkpoint."""
    input:
        megasets=list_megasets("megasets"),
        scaler=rules.fit_scaler.output,
    output:
        weights="results/{selection}/models/{architecture}/weights.pt",
        onnx="results/{selection}/models/{architecture}/model.onnx",
        card="results/{selection}/models/{architecture}/card.json",
        history="results/{selection}/models/{architecture}/history.json",
    log:
        "logs/train/{selection}/{architecture}.log",
    benchmark:
        "logs/benchmarks/train/{selection}/{architecture}.jsonl"
    conda:
        "../../envs/gpu.yaml"
    threads: CONFIG.training.threads
    resources:
        mem_mb=grow(4000),
        runtime="24h",
    params:
        settings=training_settings,
        code=training_code,
        checkpoint="results/{selection}/checkpoints/{architecture}.pt",
        checkpoint_interval=CONFIG.training.checkpoint_interval,
    script:
        "../scripts/train.py"
