# Anomaly scores of the test set, of every signal and of data.


rule score:
    """Compute the score of every event of a dataset."""
    input:
        model=rules.train.output.onnx,
        events=events_to_score,
    output:
        "results/{selection}/scores/{architecture}/{dataset}.parquet",
    log:
        "logs/score/{selection}/{architecture}/{dataset}.log",
    benchmark:
        "logs/benchmarks/score/{selection}/{architecture}/{dataset}.jsonl"
    wildcard_constraints:
        dataset=any_of(["background", *SAMPLES]),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="4h",
    params:
        settings=write_canonical({}),
        code=script_code("score.py"),
    script:
        "../scripts/score.py"
