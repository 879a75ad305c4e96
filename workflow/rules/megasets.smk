# All background shards of a selection become megasets and a test set.


rule write_megaset:
    """Merge one range of event keys of all shards: a megaset, and its part of the test set."""
    input:
        shards=background_shards,
        weights=background_weights,
    output:
        megaset=f"results/{{selection}}/{SHOWN}/megasets/{{index}}.parquet",
        test=f"results/{{selection}}/{SHOWN}/test/{{index}}.parquet",
    log:
        "logs/write_megaset/{selection}/{index}.log",
    benchmark:
        "logs/benchmarks/write_megaset/{selection}/{index}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="2h",
    params:
        settings=megaset_settings,
        code=script_code("write_megaset.py"),
    script:
        "../scripts/write_megaset.py"


use rule write_megaset as write_other_megaset with:
    output:
        megaset=f"results/{{selection}}/{SHOWN}/megasets-{{number}}/{{index}}.parquet",
        test=f"results/{{selection}}/{SHOWN}/test-{{number}}/{{index}}.parquet",
    log:
        "logs/write_megaset/{selection}/{number}/{index}.log",
    benchmark:
        "logs/benchmarks/write_megaset/{selection}/{number}/{index}.jsonl"


rule measure_composition:
    """Measure the share that each channel has of the weight of each megaset."""
    input:
        megasets=list_megasets("megasets"),
        tests=list_megasets("test"),
    output:
        "results/{selection}/composition.json",
    log:
        "logs/measure_composition/{selection}.log",
    benchmark:
        "logs/benchmarks/measure_composition/{selection}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1000),
        runtime="1h",
    params:
        settings=composition_settings,
        code=script_code("measure_composition.py"),
    script:
        "../scripts/measure_composition.py"


rule fit_scaler:
    """Fit a scaling of the inputs once, on the training part of all megasets."""
    input:
        list_megasets("megasets"),
    output:
        f"results/{{selection}}/{SHOWN}/scalers/{{scaler}}.json",
    log:
        "logs/fit_scaler/{selection}/{scaler}.log",
    benchmark:
        "logs/benchmarks/fit_scaler/{selection}/{scaler}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(1000),
        runtime="2h",
    params:
        settings=scaler_settings,
        code=shown_code("fit_scaler.py"),
    script:
        "../scripts/fit_scaler.py"
