# Distorted copies of the background, only if a network is trained to tell them from it.


rule build_copies:
    """Compute a distorted copy of each selected event of one file."""
    input:
        file=ntuple_file,
        verdict=verdict_of_file,
    output:
        f"results/{{selection}}/{SHOWN}/copies/shards/{{sample}}/{{part}}.parquet",
    log:
        "logs/build_copies/{selection}/{sample}/{part}.log",
    benchmark:
        "logs/benchmarks/build_copies/{selection}/{sample}/{part}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=copy_settings,
        code=shown_code("build_copies.py"),
        source=describe_source,
    script:
        "../scripts/build_copies.py"


rule write_copy_megaset:
    """Merge one range of event keys of all copies: the same events as in the megaset."""
    input:
        shards=copied_shards,
        weights=background_weights,
    output:
        f"results/{{selection}}/{SHOWN}/copies/megasets/{{index}}.parquet",
    log:
        "logs/write_copy_megaset/{selection}/{index}.log",
    benchmark:
        "logs/benchmarks/write_copy_megaset/{selection}/{index}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="2h",
    params:
        settings=megaset_settings,
        code=script_code("write_copy_megaset.py"),
    script:
        "../scripts/write_copy_megaset.py"


use rule write_copy_megaset as write_other_copy_megaset with:
    output:
        f"results/{{selection}}/{SHOWN}/copies/megasets-{{number}}/{{index}}.parquet",
    log:
        "logs/write_copy_megaset/{selection}/{number}/{index}.log",
    benchmark:
        "logs/benchmarks/write_copy_megaset/{selection}/{number}/{index}.jsonl"
