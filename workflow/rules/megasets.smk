# All background shards of a selection become megasets and a test set; augmented events likewise,
# and events of signals that classifiers are trained on.


rule write_megaset:
    """Merge one range of event keys of all shards: a megaset, and its part of the test set."""
    input:
        shards=given(inputs.list_background_shards),
        weights=given(inputs.list_background_weights),
    output:
        megaset=paths.MEGASET,
        test=paths.TEST,
    log:
        name_log("write_megaset/{selection}/{representation}/{index}"),
    benchmark:
        name_benchmark("write_megaset/{selection}/{representation}/{index}")
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="2h",
    params:
        settings=asked(settings.describe_megaset),
        code=script_code("write_megaset.py"),
    script:
        "../scripts/write_megaset.py"


use rule write_megaset as write_other_megaset with:
    output:
        megaset=paths.OTHER_MEGASET,
        test=paths.OTHER_TEST,
    log:
        name_log("write_megaset/{selection}/{representation}/{number}/{index}"),
    benchmark:
        name_benchmark("write_megaset/{selection}/{representation}/{number}/{index}")


rule write_augmented_megaset:
    """Merge one range of event keys of all copies: the same events as in the megaset."""
    input:
        shards=given(inputs.list_background_parts, paths.AUGMENTED),
        weights=given(inputs.list_background_weights),
    output:
        paths.AUGMENTED_MEGASET,
    log:
        name_log("write_augmented_megaset/{selection}/{representation}/{index}"),
    benchmark:
        name_benchmark("write_augmented_megaset/{selection}/{representation}/{index}")
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="2h",
    params:
        settings=asked(settings.describe_megaset),
        code=script_code("write_augmented_megaset.py"),
    script:
        "../scripts/write_augmented_megaset.py"


use rule write_augmented_megaset as write_other_augmented_megaset with:
    output:
        paths.OTHER_AUGMENTED_MEGASET,
    log:
        name_log(
            "write_augmented_megaset/{selection}/{representation}/{number}/{index}"
        ),
    benchmark:
        name_benchmark(
            "write_augmented_megaset/{selection}/{representation}/{number}/{index}"
        )


use rule write_augmented_megaset as write_signal_events with:
    input:
        shards=given(inputs.list_signal_parts),
        weights=given(inputs.find_signal_weight),
    output:
        paths.SIGNAL_EVENTS,
    log:
        name_log("write_signal_events/{selection}/{representation}/{signal}"),
    benchmark:
        name_benchmark("write_signal_events/{selection}/{representation}/{signal}")
    params:
        settings=asked(settings.describe_signal_events),
        code=script_code("write_augmented_megaset.py"),


rule measure_composition:
    """Measure the share that each channel has of the weight of each megaset."""
    input:
        megasets=given(inputs.list_megasets),
        tests=given(inputs.list_megasets, paths.TEST),
    output:
        paths.COMPOSITION,
    log:
        name_log("measure_composition/{selection}"),
    benchmark:
        name_benchmark("measure_composition/{selection}")
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1000),
        runtime="1h",
    params:
        settings=asked(settings.describe_composition),
        code=script_code("measure_composition.py"),
    script:
        "../scripts/measure_composition.py"
