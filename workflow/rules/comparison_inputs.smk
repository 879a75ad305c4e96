# Inputs and settings of the comparison of data with simulation.

COMPARISON = CONFIG.studies.data_comparison

WORDS.update(
    {
        "comparison": "studies.data_comparison",
        "data_parts": "files of data",
        "figures": "studies.data_comparison.figures",
        "pseudo": "samples.*.process of data",
    }
)


def list_compared_scores(datasets):
    """Scores that the network or baseline which blinds the data gave, for an input."""

    def scores(wildcards):
        model = SCORERS[COMPARISON.get_scorer(CONFIG)].model
        return [
            f"results/{wildcards.selection}/scores/{model}/{dataset}.parquet"
            for dataset in datasets(wildcards.selection)
        ]

    return scores


def shifted_scores_of_compared(wildcards):
    model = SCORERS[COMPARISON.get_scorer(CONFIG)].model
    return list_shifted_backgrounds(wildcards.selection, model)


def list_data(selection):
    return SELECTIONS[selection].data


def list_data_shards(wildcards):
    return list_shards(wildcards.selection, list_data(wildcards.selection))


def describe_comparison(selection):
    """The block of the study, without what concerns other selections, or figures."""
    used = {"bins", "minimum_events", "systematics"}
    channels = SELECTIONS[selection].channels
    return {
        **COMPARISON.model_dump(mode="json", include=used),
        "channel_systematics": {
            name: size
            for name, size in COMPARISON.channel_systematics.items()
            if name in channels
        },
    }


def comparison_settings(wildcards):
    selection = wildcards.selection
    return write_canonical(
        {
            "comparison": describe_comparison(selection),
            "channels": list(SELECTIONS[selection].channels),
            "data_luminosities": list_data_luminosities(selection),
            "test_fraction": CONFIG.split.test_fraction,
            "data_parts": [len(PARTS[name]) for name in list_data(selection)],
            "shifts": describe_background_shifts(selection),
            "seed": CONFIG.seed,
        }
    )


def comparison_section_settings(wildcards):
    selection = wildcards.selection
    return write_canonical(
        {
            "frame": describe_frame(selection),
            "data_luminosities": list_data_luminosities(selection),
            "figures": COMPARISON.figures,
            "pseudo": any(
                SAMPLES[name].process == PSEUDO_DATA for name in list_data(selection)
            ),
        }
    )
