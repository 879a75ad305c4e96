# What autoencoders make of images of jets: reconstruction, compression, anomalies.

from jobs.studies import jet_images


rule measure_images:
    """Measure what one network makes of images of jets."""
    input:
        model=given(inputs.find_network),
        scaler=given(inputs.find_scaler),
        test=given(inputs.list_megasets, paths.TEST),
        shards=given(inputs.list_signal_shards),
    output:
        paths.JET_IMAGES,
    log:
        name_log("measure_images/{selection}/{architecture}"),
    benchmark:
        name_benchmark("measure_images/{selection}/{architecture}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="4h",
    params:
        settings=asked(jet_images.describe_measurement),
        code=given(digest_shown, "measure_images.py"),
    script:
        "../../scripts/measure_images.py"
