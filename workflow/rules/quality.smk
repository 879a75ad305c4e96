# Which files count, where bad ones are left out; and whether samples of data share events.


rule inspect_ntuple:
    """Read what every selection needs of a file, and note which events it holds; it may be bad."""
    input:
        given(files.find_ntuple),
    output:
        paths.FILE_SUMMARY,
    log:
        name_log("inspect_ntuple/{sample}/{part}"),
    benchmark:
        name_benchmark("inspect_ntuple/{sample}/{part}")
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime=grow_with_events(CONTEXT, minutes=10),
    params:
        settings=asked(quarantine.describe_inspection),
        code=script_code("inspect_ntuple.py"),
        source=given(files.describe_source),
    script:
        "../scripts/inspect_ntuple.py"


rule judge_files:
    """Leave out files that cannot be read or repeat events of others."""
    input:
        given(quarantine.list_file_summaries),
    output:
        paths.QUARANTINE_RECORD,
    log:
        name_log("judge_files/{sample}"),
    benchmark:
        name_benchmark("judge_files/{sample}")
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=asked(quarantine.describe_quarantine),
        code=script_code("judge_files.py"),
    script:
        "../scripts/judge_files.py"


rule check_quarantine:
    """Refuse to lose too much of a sample. Nothing but the report waits for it, as its answer
    changes no number; so it comes before all that could run."""
    input:
        paths.QUARANTINE_RECORD,
    output:
        paths.QUARANTINE_CHECK,
    log:
        name_log("check_quarantine/{sample}"),
    benchmark:
        name_benchmark("check_quarantine/{sample}")
    priority: 100
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(500),
        runtime="10m",
    params:
        settings=asked(quarantine.describe_cap),
        code=script_code("check_quarantine.py"),
    script:
        "../scripts/check_quarantine.py"


rule collect_losses:
    """Count the events that a selection and its variations leave out for their numbers."""
    input:
        nominal=given(inputs.list_cutflows),
        shifted=given(quarantine.list_shifted_cutflows),
    output:
        paths.LOSSES,
    log:
        name_log("collect_losses/{selection}"),
    benchmark:
        name_benchmark("collect_losses/{selection}")
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(500),
        runtime="10m",
    params:
        settings=asked(quarantine.describe_losses),
        code=script_code("collect_losses.py"),
    script:
        "../scripts/collect_losses.py"


rule check_data:
    """Refuse events that two samples of data of a selection share."""
    input:
        given(quarantine.list_data_to_check),
    output:
        paths.DATA_CHECK,
    log:
        name_log("check_data/{selection}"),
    benchmark:
        name_benchmark("check_data/{selection}")
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=asked(quarantine.describe_data_check),
        code=script_code("check_data.py"),
    script:
        "../scripts/check_data.py"
