# Which files count, where bad ones are left out; and whether samples of data share events.


rule inspect_ntuple:
    """Read what every selection needs of a file, and note which events it holds; it may be bad."""
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
    """Leave out files that cannot be read or repeat events of others."""
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


rule check_quarantine:
    """Refuse to lose too much of a sample. Nothing but the report waits for it, as its answer
    changes no number; so it comes before all that could run."""
    input:
        "results/files/{sample}.json",
    output:
        "results/files/{sample}.checked.json",
    log:
        "logs/check_quarantine/{sample}.log",
    benchmark:
        "logs/benchmarks/check_quarantine/{sample}.jsonl"
    priority: 100
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(500),
        runtime="10m",
    params:
        settings=cap_settings,
        code=script_code("check_quarantine.py"),
    script:
        "../scripts/check_quarantine.py"


rule collect_losses:
    """Count the events that a selection and its variations leave out for their numbers."""
    input:
        nominal=list_cutflows,
        shifted=list_shifted_cutflows,
    output:
        "results/{selection}/losses.json",
    log:
        "logs/collect_losses/{selection}.log",
    benchmark:
        "logs/benchmarks/collect_losses/{selection}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(500),
        runtime="10m",
    params:
        settings=loss_settings,
        code=script_code("collect_losses.py"),
    script:
        "../scripts/collect_losses.py"


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
