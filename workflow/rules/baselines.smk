# Baselines: scores that need no network. What follows treats them as networks.


rule fit_baseline:
    """Fit a baseline to the training part of all megasets."""
    input:
        megasets=list_megasets("megasets"),
        scaler=scaler_of_baseline,
    output:
        "results/{selection}/models/{baseline}/baseline.npz",
    log:
        "logs/fit_baseline/{selection}/{baseline}.log",
    benchmark:
        "logs/benchmarks/fit_baseline/{selection}/{baseline}.jsonl"
    wildcard_constraints:
        baseline=any_of(FITTED_BASELINES),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=memory_of_baseline,
        runtime="4h",
    params:
        settings=baseline_settings,
        code=fit_baseline_code,
    script:
        "../scripts/fit_baseline.py"


rule score_baseline:
    """Compute the baseline of every event of a dataset; data are blinded as for a network."""
    input:
        model=model_of_baseline,
        events=events_to_score,
        background=blinding_of_baseline,
    output:
        "results/{selection}/scores/{baseline}/{dataset}.parquet",
    log:
        "logs/score_baseline/{selection}/{baseline}/{dataset}.log",
    benchmark:
        "logs/benchmarks/score_baseline/{selection}/{baseline}/{dataset}.jsonl"
    wildcard_constraints:
        dataset=any_of(["background", "altered", "blind", *SAMPLES]),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="4h",
    params:
        settings=baseline_scoring_settings,
        code=score_baseline_code,
    script:
        "../scripts/score_baseline.py"
