# Anomaly scores of the test set and of every signal. Those of data are blinded: see blind.smk.


rule score:
    """Compute the scores of every event of a dataset."""
    input:
        model=rules.train.output.onnx,
        events=events_to_score,
    output:
        "results/{selection}/scores/{model}/{dataset}.parquet",
    log:
        "logs/score/{selection}/{model}/{dataset}.log",
    benchmark:
        "logs/benchmarks/score/{selection}/{model}/{dataset}.jsonl"
    wildcard_constraints:
        dataset=any_of(["background", "altered", "blind", *SIGNALS]),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="4h",
    params:
        settings=scoring_settings,
        code=shown_code("score.py"),
    script:
        "../scripts/score.py"
