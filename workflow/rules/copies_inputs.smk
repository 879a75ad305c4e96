# Inputs and settings of distorted copies.

WORDS.update({"distortions": "distortions"})


def copied_shards(wildcards):
    backgrounds = list_selected(wildcards.selection, ["background"])
    return [
        f"results/{wildcards.selection}/{SHOWN}/copies/shards/{sample}/{part}.parquet"
        for sample in backgrounds
        for part in PARTS[sample]
    ]


def copy_settings(wildcards):
    return write_canonical(
        {
            "shard": describe_shard(wildcards),
            "distortions": CONFIG.distortions.select(CONFIG.objects),
        }
    )
