# One ROOT file and one selection become one shard; a sample gets its weight.


rule build_shard:
    """Select events and compute their matrices."""
    input:
        file=given(files.find_ntuple),
        quarantine=given(files.find_quarantine_record),
        certified=given(files.find_certified),
    output:
        shard=paths.SHARD,
        cutflow=paths.CUTFLOW,
    log:
        name_log("build_shard/{selection}/{representation}/{sample}/{part}"),
    benchmark:
        name_benchmark("build_shard/{selection}/{representation}/{sample}/{part}")
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=asked(settings.describe_shard),
        code=given(digest_shown, "build_shard.py"),
        source=given(files.describe_source),
    script:
        "../scripts/build_shard.py"


rule collect_cutflows:
    """Add up the cutflows of a selection; refuse signals and data without selected events."""
    input:
        given(inputs.list_cutflows),
    output:
        paths.CUTFLOWS,
    log:
        name_log("collect_cutflows/{selection}"),
    benchmark:
        name_benchmark("collect_cutflows/{selection}")
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(500),
        runtime="10m",
    params:
        settings=asked(result_settings.describe_cutflow),
        code=script_code("collect_cutflows.py"),
    script:
        "../scripts/collect_cutflows.py"


rule build_augmented:
    """Compute the matrices of a distorted copy of each selected event of one file."""
    input:
        file=given(files.find_ntuple),
        quarantine=given(files.find_quarantine_record),
    output:
        paths.AUGMENTED,
    log:
        name_log("build_augmented/{selection}/{representation}/{sample}/{part}"),
    benchmark:
        name_benchmark("build_augmented/{selection}/{representation}/{sample}/{part}")
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=asked(settings.describe_augmented),
        code=given(digest_shown, "build_augmented.py"),
        source=given(files.describe_source),
    script:
        "../scripts/build_augmented.py"


rule normalise_sample:
    """Compute the weight in pb of a sample's events."""
    input:
        files=given(files.find_files_with_weights),
        quarantine=given(files.find_quarantine_record),
    output:
        paths.SAMPLE,
    log:
        name_log("normalise_sample/{sample}"),
    benchmark:
        name_benchmark("normalise_sample/{sample}")
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="30m",
    params:
        settings=asked(settings.describe_normalisation),
        code=script_code("normalise_sample.py"),
        sources=given(files.describe_sources_with_weights),
    script:
        "../scripts/normalise_sample.py"
