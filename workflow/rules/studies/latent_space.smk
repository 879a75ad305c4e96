# Maps of the latent space: where networks put background channels and signals.

from jobs.studies import latent_space


rule map_latent:
    """Map events by what one network makes of them in its latent space."""
    input:
        model=given(inputs.find_network),
        test=given(inputs.list_megasets, paths.TEST),
        shards=given(inputs.list_signal_shards),
    output:
        events=paths.LATENT_EVENTS,
        summary=paths.LATENT_SUMMARY,
    log:
        name_log("map_latent/{selection}/{architecture}"),
    benchmark:
        name_benchmark("map_latent/{selection}/{architecture}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="4h",
    params:
        settings=asked(latent_space.describe_map),
        code=given(digest_shown, "map_latent.py"),
    script:
        "../../scripts/map_latent.py"
