# Which files count, where bad ones are left out; and whether samples of data share events.


rule inspect_ntuple:
    """Read all that is needed of a file, and note which events it holds; it may be bad."""
    input:
        ntuple_file,
    output:
        "results/files/{sample}/{part}.parquet",
    log:
        "logs/inspect_ntuple/{sample}/{part}.log",
    benchmark:
        "logs/benchmarks/inspect_ntuple/{sample}/{part}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=inspection_settings,
        code=script_code("inspect_ntuple.py"),
        source=describe_source,
    script:
        "../scripts/inspect_ntuple.py"


rule judge_files:
    """Leave out files that cannot be read or repeat events of others; refuse to lose too many."""
    input:
        findings_of_sample,
    output:
        "results/files/{sample}.json",
    log:
        "logs/judge_files/{sample}.log",
    benchmark:
        "logs/benchmarks/judge_files/{sample}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=judgement_settings,
        code=script_code("judge_files.py"),
    script:
        "../scripts/judge_files.py"


rule check_data:
    """Refuse events that two samples of data of a selection share."""
    input:
        data_to_check,
    output:
        "results/{selection}/data.json",
    log:
        "logs/check_data/{selection}.log",
    benchmark:
        "logs/benchmarks/check_data/{selection}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=data_check_settings,
        code=script_code("check_data.py"),
    script:
        "../scripts/check_data.py"
