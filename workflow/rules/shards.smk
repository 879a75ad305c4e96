# One ROOT file and one selection become one shard; a sample gets its weight. Pieces of a large file
# become shards of their own, which are joined to that one.


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
    wildcard_constraints:
        part=pieces.match_whole(CONTEXT),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime=grow_with_events(CONTEXT, minutes=10),
    params:
        settings=asked(settings.describe_shard),
        code=given(digest_shown, "build_shard.py"),
        source=given(files.describe_source),
    script:
        "../scripts/build_shard.py"


use rule build_shard as build_piece with:
    output:
        shard=paths.PIECE,
        cutflow=paths.PIECE_CUTFLOW,
    log:
        name_log("build_piece/{selection}/{representation}/{sample}/{part}/{piece}"),
    benchmark:
        name_benchmark(
            "build_piece/{selection}/{representation}/{sample}/{part}/{piece}"
        )
    wildcard_constraints:
        part=pieces.match_split(CONTEXT),
    resources:
        mem_mb=grow(2000),
        runtime=grow_with_events(CONTEXT, minutes=60),


rule join_pieces:
    """Join the shards of all pieces of a file, and add up their cutflows."""
    input:
        shards=given(pieces.list_pieces, paths.PIECE),
        cutflows=given(pieces.list_pieces, paths.PIECE_CUTFLOW),
    output:
        shard=paths.SHARD,
        cutflow=paths.CUTFLOW,
    log:
        name_log("join_pieces/{selection}/{representation}/{sample}/{part}"),
    benchmark:
        name_benchmark("join_pieces/{selection}/{representation}/{sample}/{part}")
    wildcard_constraints:
        part=pieces.match_split(CONTEXT),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=asked(pieces.describe_join),
        code=script_code("join_pieces.py"),
        source=given(files.describe_source),
    script:
        "../scripts/join_pieces.py"


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
    wildcard_constraints:
        part=pieces.match_whole(CONTEXT),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime=grow_with_events(CONTEXT, minutes=10),
    params:
        settings=asked(settings.describe_augmented),
        code=given(digest_shown, "build_augmented.py"),
        source=given(files.describe_source),
    script:
        "../scripts/build_augmented.py"


use rule build_augmented as build_augmented_piece with:
    output:
        paths.AUGMENTED_PIECE,
    log:
        name_log(
            "build_augmented_piece/{selection}/{representation}/{sample}/{part}/{piece}"
        ),
    benchmark:
        name_benchmark(
            "build_augmented_piece/{selection}/{representation}/{sample}/{part}/{piece}"
        )
    wildcard_constraints:
        part=pieces.match_split(CONTEXT),
    resources:
        mem_mb=grow(2000),
        runtime=grow_with_events(CONTEXT, minutes=60),


use rule join_pieces as join_augmented_pieces with:
    input:
        shards=given(pieces.list_pieces, paths.AUGMENTED_PIECE),
        cutflows=[],
    output:
        shard=paths.AUGMENTED,
    log:
        name_log("join_augmented_pieces/{selection}/{representation}/{sample}/{part}"),
    benchmark:
        name_benchmark(
            "join_augmented_pieces/{selection}/{representation}/{sample}/{part}"
        )


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
