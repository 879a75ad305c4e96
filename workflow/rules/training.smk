# One network per architecture, trained on every megaset in turn; and its variants, which studies ask for.


rule train:
    """Train a network; interrupted, it goes on from its last checkpoint."""
    input:
        megasets=megasets_of_model,
        scaler=scaler_of_model,
        copies=copies_of_model,
    output:
        weights="results/{selection}/models/{model}/weights.pt",
        onnx="results/{selection}/models/{model}/model.onnx",
        card="results/{selection}/models/{model}/card.json",
        history="results/{selection}/models/{model}/history.json",
    log:
        "logs/train/{selection}/{model}.log",
    benchmark:
        "logs/benchmarks/train/{selection}/{model}.jsonl"
    conda:
        "../../envs/gpu.yaml"
    threads: CONFIG.training.threads
    resources:
        mem_mb=grow(4000),
        runtime="24h",
    params:
        settings=training_settings,
        code=training_code,
        checkpoint="results/{selection}/checkpoints/{model}.pt",
        checkpoint_interval=CONFIG.training.checkpoint_interval,
    script:
        "../scripts/train.py"
