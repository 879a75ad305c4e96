# One network per architecture, trained on every megaset in turn.


def training_settings(wildcards):
    return write_canonical(
        {
            "name": wildcards.architecture,
            "architecture": CONFIG.architectures[wildcards.architecture],
            "training": CONFIG.training,
            "validation_fraction": CONFIG.split.validation_fraction,
            "seed": derive_seed(CONFIG.seed, "training", wildcards.architecture),
        }
    )


def training_code(wildcards):
    # the library loads the family by name: the digest cannot see it by itself
    family = CONFIG.architectures[wildcards.architecture].family
    modules = [f"rapidmass.architectures.{family}"]
    return script_code("train.py", *modules)


rule train:
    """Train a network; interrupted, it goes on from its last epoch."""
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
        mem_mb=4000,
        runtime="24h",
    params:
        settings=training_settings,
        code=training_code,
        checkpoint="results/{selection}/checkpoints/{architecture}.pt",
    script:
        "../scripts/train.py"
