# Events of the test set, altered on four-vectors before their matrices are built, and their scores.


rule build_altered:
    """Alter events of one file that belong to the test set, and compute their matrices."""
    input:
        file=ntuple_file,
        verdict=verdict_of_file,
    output:
        "results/{selection}/altered/{sample}/{part}.parquet",
    log:
        "logs/build_altered/{selection}/{sample}/{part}.log",
    benchmark:
        "logs/benchmarks/build_altered/{selection}/{sample}/{part}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="2h",
    params:
        settings=alteration_settings,
        code=shown_code("build_altered.py"),
        source=describe_source,
    script:
        "../scripts/build_altered.py"


rule merge_altered:
    """Merge the altered events of all backgrounds of a selection."""
    input:
        shards=altered_shards,
        weights=background_weights,
    output:
        "results/{selection}/altered.parquet",
    log:
        "logs/merge_altered/{selection}.log",
    benchmark:
        "logs/benchmarks/merge_altered/{selection}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="2h",
    params:
        settings=altered_settings,
        code=script_code("merge_altered.py"),
    script:
        "../scripts/merge_altered.py"


rule study_alterations:
    """Measure how one score tells altered events from those of the test set."""
    input:
        test=list_alteration_scores("background"),
        altered=list_alteration_scores("altered"),
    output:
        "results/{selection}/altered_events/{scorer}.json",
    log:
        "logs/study_alterations/{selection}/{scorer}.log",
    benchmark:
        "logs/benchmarks/study_alterations/{selection}/{scorer}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=alteration_study_settings,
        code=script_code("study_alterations.py"),
    script:
        "../scripts/study_alterations.py"


rule draw_alterations:
    """Draw how all scores of a selection see altered events."""
    input:
        expand(
            rules.study_alterations.output,
            scorer=ALTERED_SCORERS,
            allow_missing=True,
        ),
    output:
        directory("results/{selection}/sections/altered_events"),
    log:
        "logs/draw_alterations/{selection}.log",
    benchmark:
        "logs/benchmarks/draw_alterations/{selection}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=alteration_section_settings,
        code=script_code("draw_alterations.py"),
    script:
        "../scripts/draw_alterations.py"
