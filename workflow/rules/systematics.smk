# Systematic variations: shards of shifted simulation, the test set made of them, and their scores.


wildcard_constraints:
    shift=any_of(SHIFTS),


use rule build_shard as build_shifted_shard with:
    output:
        shard=f"results/{{selection}}/shifts/{{shift}}/{SHOWN}/shards/{{sample}}/{{part}}.parquet",
        cutflow=f"results/{{selection}}/shifts/{{shift}}/{SHOWN}/shards/{{sample}}/{{part}}.cutflow.json",
    log:
        "logs/build_shard/{selection}/{shift}/{sample}/{part}.log",
    benchmark:
        "logs/benchmarks/build_shard/{selection}/{shift}/{sample}/{part}.jsonl"
    params:
        settings=shifted_shard_settings,


rule merge_shifted:
    """Merge the shifted events of all backgrounds that belong to the test set."""
    input:
        shards=shifted_background_shards,
        weights=background_weights,
    output:
        "results/{selection}/shifts/{shift}/background.parquet",
    log:
        "logs/merge_shifted/{selection}/{shift}.log",
    benchmark:
        "logs/benchmarks/merge_shifted/{selection}/{shift}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="2h",
    params:
        settings=test_set_settings,
        code=script_code("merge_shifted.py"),
    script:
        "../scripts/merge_shifted.py"


use rule score as score_shifted with:
    input:
        model=rules.train.output.onnx,
        events=shifted_events,
    output:
        "results/{selection}/shifts/{shift}/scores/{model}/{dataset}.parquet",
    log:
        "logs/score/{selection}/{shift}/{model}/{dataset}.log",
    benchmark:
        "logs/benchmarks/score/{selection}/{shift}/{model}/{dataset}.jsonl"
    wildcard_constraints:
        dataset=any_of(["background", *SIGNALS]),


use rule score_baseline as score_shifted_baseline with:
    input:
        model=model_of_baseline,
        events=shifted_events,
        background=blinding_of_baseline,
    output:
        "results/{selection}/shifts/{shift}/scores/{baseline}/{dataset}.parquet",
    log:
        "logs/score_baseline/{selection}/{shift}/{baseline}/{dataset}.log",
    benchmark:
        "logs/benchmarks/score_baseline/{selection}/{shift}/{baseline}/{dataset}.jsonl"
    wildcard_constraints:
        dataset=any_of(["background", *SIGNALS]),


rule draw_systematics:
    """Draw and describe what systematic variations do in a selection."""
    input:
        scans_of_selection,
    output:
        directory("results/{selection}/sections/systematics"),
    log:
        "logs/draw_systematics/{selection}.log",
    benchmark:
        "logs/benchmarks/draw_systematics/{selection}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=systematics_section_settings,
        code=script_code("draw_systematics.py"),
    script:
        "../scripts/draw_systematics.py"
