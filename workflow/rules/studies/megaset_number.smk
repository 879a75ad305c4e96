# The number of megasets: the same events in more or fewer.

from jobs.studies import megaset_number


rule measure_megaset_number:
    """Compare the trainings of a network on other numbers of megasets."""
    input:
        histories=given(megaset_number.list_histories),
        backgrounds=given(megaset_number.list_backgrounds),
        signals=given(megaset_number.list_signals),
        weights=given(inputs.list_signal_weights),
    output:
        paths.MEGASET_NUMBER,
    log:
        name_log("measure_megaset_number/{selection}/{architecture}"),
    benchmark:
        name_benchmark("measure_megaset_number/{selection}/{architecture}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=asked(megaset_number.describe_study),
        code=script_code("measure_megaset_number.py"),
    script:
        "../../scripts/measure_megaset_number.py"


rule read_training_times:
    """Read how long trainings took: apart from all else, as it is another time in every run."""
    input:
        given(megaset_number.list_histories),
    output:
        paths.TRAINING_TIMES,
    log:
        name_log("read_training_times/{selection}/{architecture}"),
    benchmark:
        name_benchmark("read_training_times/{selection}/{architecture}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(500),
        runtime="10m",
    params:
        settings=asked(megaset_number.describe_times),
        code=script_code("read_training_times.py"),
        benchmarks=given(megaset_number.list_benchmarks),
    script:
        "../../scripts/read_training_times.py"


rule megaset_number:
    """The study of the number of megasets, whether or not it is in the report."""
    input:
        megaset_number.list_targets(CONTEXT),
