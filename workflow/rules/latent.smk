# Maps of the latent space: where networks put background channels and signals.


rule map_latent:
    """Map events by what one network makes of them in its latent space."""
    input:
        model="results/{selection}/models/{architecture}/model.onnx",
        test=list_megasets("test"),
        shards=list_signal_shards,
    output:
        events="results/{selection}/latent/{architecture}.parquet",
        summary="results/{selection}/latent/{architecture}.json",
    log:
        "logs/map_latent/{selection}/{architecture}.log",
    benchmark:
        "logs/benchmarks/map_latent/{selection}/{architecture}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="4h",
    params:
        settings=latent_settings,
        code=shown_code("map_latent.py"),
    script:
        "../scripts/map_latent.py"


rule draw_latent:
    """Draw the maps of all networks of a selection."""
    input:
        events=list_maps("parquet"),
        summaries=list_maps("json"),
        weights=list_signal_weights,
    output:
        directory("results/{selection}/sections/latent_space"),
    log:
        "logs/draw_latent/{selection}.log",
    benchmark:
        "logs/benchmarks/draw_latent/{selection}.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=latent_section_settings,
        code=script_code("draw_latent.py"),
    script:
        "../scripts/draw_latent.py"
