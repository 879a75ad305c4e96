# Events of the test set, altered on four-vectors before their matrices are built, and their scores.

from jobs.studies import altered_events


rule build_altered:
    """Alter events of one file that belong to the test set, and compute their matrices."""
    input:
        file=given(files.find_ntuple),
        quarantine=given(files.find_quarantine_record),
    output:
        paths.ALTERED_SHARD,
    log:
        name_log("build_altered/{selection}/{representation}/{sample}/{part}"),
    benchmark:
        name_benchmark("build_altered/{selection}/{representation}/{sample}/{part}")
    wildcard_constraints:
        part=pieces.match_whole(CONTEXT),
    conda:
        "../../../envs/cpu.yaml"
    resources:
        mem_mb=grow(3000),
        runtime=grow_with_events(CONTEXT, minutes=10),
    params:
        settings=asked(altered_events.describe_altered_shard),
        code=given(digest_shown, "build_altered.py"),
        source=given(files.describe_source),
    script:
        "../../scripts/build_altered.py"


rule build_altered_piece:
    """Choose the events of a piece of a large file that are altered."""
    input:
        file=given(files.find_ntuple),
        quarantine=given(files.find_quarantine_record),
    output:
        paths.ALTERED_PIECE,
    log:
        name_log(
            "build_altered_piece/{selection}/{representation}/{sample}/{part}/{piece}"
        ),
    benchmark:
        name_benchmark(
            "build_altered_piece/{selection}/{representation}/{sample}/{part}/{piece}"
        )
    wildcard_constraints:
        part=pieces.match_split(CONTEXT),
    conda:
        "../../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime=grow_with_events(CONTEXT, minutes=60),
    params:
        settings=asked(altered_events.describe_altered_piece),
        code=given(digest_shown, "build_altered_piece.py"),
        source=given(files.describe_source),
    script:
        "../../scripts/build_altered_piece.py"


rule join_altered_pieces:
    """Alter the events that were chosen of all pieces of a file, and compute their matrices."""
    input:
        given(pieces.list_pieces, paths.ALTERED_PIECE),
    output:
        paths.ALTERED_SHARD,
    log:
        name_log("join_altered_pieces/{selection}/{representation}/{sample}/{part}"),
    benchmark:
        name_benchmark(
            "join_altered_pieces/{selection}/{representation}/{sample}/{part}"
        )
    wildcard_constraints:
        part=pieces.match_split(CONTEXT),
    conda:
        "../../../envs/cpu.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="2h",
    params:
        settings=asked(altered_events.describe_joined_pieces),
        code=given(digest_shown, "join_altered_pieces.py"),
        source=given(files.describe_source),
    script:
        "../../scripts/join_altered_pieces.py"


rule merge_altered:
    """Merge the altered events of all backgrounds of a selection."""
    input:
        shards=given(inputs.list_background_parts, paths.ALTERED_SHARD),
        weights=given(inputs.list_background_weights),
    output:
        paths.ALTERED,
    log:
        name_log("merge_altered/{selection}/{representation}"),
    benchmark:
        name_benchmark("merge_altered/{selection}/{representation}")
    conda:
        "../../../envs/cpu.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="2h",
    params:
        settings=asked(altered_events.describe_altered),
        code=script_code("merge_altered.py"),
    script:
        "../../scripts/merge_altered.py"


rule study_alterations:
    """Measure how one score tells altered events from those of the test set."""
    input:
        test=given(inputs.find_scores, "background"),
        altered=given(inputs.find_scores, "altered"),
    output:
        paths.ALTERED_EVENTS,
    log:
        name_log("study_alterations/{selection}/{scorer}"),
    benchmark:
        name_benchmark("study_alterations/{selection}/{scorer}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime=grow_with_events(CONTEXT, minutes=5),
    params:
        settings=asked(altered_events.describe_study),
        code=script_code("study_alterations.py"),
    script:
        "../../scripts/study_alterations.py"
