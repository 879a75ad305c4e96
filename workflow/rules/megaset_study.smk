# The number of megasets: the same events in more or fewer, an optional study.


rule measure_megaset_study:
    """Compare the trainings of a network on other numbers of megasets."""
    input:
        histories=list_numbered_histories,
        backgrounds=list_numbered_backgrounds,
        signals=list_numbered_signals,
        weights=list_signal_weights,
    output:
        "results/{selection}/megaset_study/{architecture}.json",
    log:
        "logs/measure_megaset_study/{selection}/{architecture}.log",
    benchmark:
        "logs/benchmarks/measure_megaset_study/{selection}/{architecture}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=megaset_study_settings,
        code=script_code("measure_megaset_study.py"),
    script:
        "../scripts/measure_megaset_study.py"


rule read_training_times:
    """Read how long trainings took: apart from all else, as it is another time in every run."""
    input:
        list_numbered_histories,
    output:
        "results/{selection}/megaset_study/{architecture}.times.json",
    log:
        "logs/read_training_times/{selection}/{architecture}.log",
    benchmark:
        "logs/benchmarks/read_training_times/{selection}/{architecture}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(500),
        runtime="10m",
    params:
        settings=write_canonical({"numbers": MEGASET_STUDY.numbers}),
        code=script_code("read_training_times.py"),
        benchmarks=list_training_benchmarks,
    script:
        "../scripts/read_training_times.py"


rule draw_megaset_study:
    """Draw and describe what the number of megasets changes in a selection."""
    input:
        compared=list_study_products("megaset_study", "", STUDY_NETWORKS),
        times=list_study_products("megaset_study", ".times", STUDY_NETWORKS),
        replicas=list_study_products("replicas", "", REPLICATED),
    output:
        directory("results/{selection}/sections/megaset_study"),
    log:
        "logs/draw_megaset_study/{selection}.log",
    benchmark:
        "logs/benchmarks/draw_megaset_study/{selection}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=megaset_section_settings,
        code=script_code("draw_megaset_study.py"),
    script:
        "../scripts/draw_megaset_study.py"


rule megaset_study:
    """The study of the number of megasets, whether or not it is in the report."""
    input:
        expand(
            rules.draw_megaset_study.output,
            selection=MEGASET_STUDY.list_selections(CONFIG),
        ),
