# Inputs and settings of the study of altered events.

ALTERED = CONFIG.studies.altered_events
ALTERED_SCORERS = [
    name
    for name, scorer in SCORERS.items()
    if scorer.model in (*ALTERED.list_networks(CONFIG), *BASELINES)
]

WORDS.update(
    {
        "alterations": "studies.altered_events.alterations",
        "column": "architectures.*.scores",
        "minimum_effective_events": "scan.minimum_effective_events",
        "share": "studies.altered_events.share",
    }
)


def altered_shards(wildcards):
    backgrounds = list_selected(wildcards.selection, ["background"])
    return [
        f"results/{wildcards.selection}/altered/{sample}/{part}.parquet"
        for sample in backgrounds
        for part in PARTS[sample]
    ]


def list_alteration_scores(dataset):
    """Scores that a scorer gave to a dataset, for an input."""

    def scores(wildcards):
        model = SCORERS[wildcards.scorer].model
        return f"results/{wildcards.selection}/scores/{model}/{dataset}.parquet"

    return scores


def alteration_settings(wildcards):
    return write_canonical(
        {
            "shard": describe_shard(wildcards),
            "alterations": ALTERED.alterations,
            "test_fraction": CONFIG.split.test_fraction,
            "share": ALTERED.share,
        }
    )


def altered_settings(wildcards):
    return write_canonical(
        {"members": list_members(wildcards.selection), "share": ALTERED.share}
    )


def alteration_study_settings(wildcards):
    return write_canonical(
        {
            "scorer": wildcards.scorer,
            "column": SCORERS[wildcards.scorer].column,
            "alterations": ALTERED.alterations,
            "luminosity": CONFIG.luminosity,
            "test_fraction": CONFIG.split.test_fraction,
            "minimum_effective_events": CONFIG.scan.minimum_effective_events,
        }
    )


def alteration_section_settings(wildcards):
    return write_canonical(
        {"frame": describe_frame(wildcards.selection), "share": ALTERED.share}
    )
