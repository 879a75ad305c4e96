# Inputs and settings of data and of the blind test: what is read before and after unblinding.

from rapidmass.scores.blinding_thresholds import find_lowest_cut

UNBLINDED = CONFIG.unblinding is not None
BLIND = CONFIG.studies.blind_test
BLIND_SCORERS = [
    name
    for name, scorer in SCORERS.items()
    if scorer.model in (*BLIND.list_networks(CONFIG), *BASELINES)
]

WORDS.update(
    {
        "blind_quantile": "unblinding, scan.score_quantiles",
        "blind_test": "studies.blind_test",
        "data": "selections.{selection}.data",
        "data_parts": "files of data",
        "minimum_effective_events": "scan.minimum_effective_events",
        "pseudo_data": "samples of pseudo-data",
        "score_quantiles": "scan.score_quantiles",
    }
)


def background_to_blind(wildcards):
    """What cuts on the scores of data come from; unblinded, there are none."""
    folder = f"results/{wildcards.selection}/scores/{wildcards.model}"
    return [] if UNBLINDED else f"{folder}/background.parquet"


def data_to_score(wildcards):
    return list_shards(wildcards.selection, [wildcards.dataset])


def data_scoring_settings(wildcards):
    variant = MODELS[wildcards.selection][wildcards.model]
    quantile = find_lowest_cut(CONFIG.scan.score_quantiles)
    return write_canonical(
        {
            "scores": CONFIG.architectures[variant.architecture].score_names,
            "blind_quantile": None if UNBLINDED else quantile,
        }
    )


def describe_blind_test(*keys):
    """The part of the block that a job reads."""
    return {key: getattr(BLIND, key) for key in keys}


def list_mixed_signals(selection):
    return [
        name
        for name in SELECTIONS[selection].signals
        if not BLIND.signals or name in BLIND.signals
    ]


def data_to_mix(wildcards):
    # files of a mixture can be asked for by name, whether the study is on or not
    try:
        ANALYSIS.check_mixing(wildcards.selection)
    except ValueError as error:
        raise WorkflowError(str(error)) from None
    return list_shards(wildcards.selection, SELECTIONS[wildcards.selection].data)


def signals_to_mix(wildcards):
    return list_shards(wildcards.selection, list_mixed_signals(wildcards.selection))


def mixing_settings(wildcards):
    selection = wildcards.selection
    return write_canonical(
        {
            "data": [[name, len(PARTS[name])] for name in SELECTIONS[selection].data],
            "signals": [
                [name, len(PARTS[name])] for name in list_mixed_signals(selection)
            ],
            "blind_test": describe_blind_test("share", "events", "label"),
        }
    )


def scores_of_mixture(wildcards):
    model = SCORERS[wildcards.scorer].model
    return f"results/{wildcards.selection}/scores/{model}/blind.parquet"


def shifted_scores_of_blind(wildcards):
    model = SCORERS[wildcards.scorer].model
    return list_shifted_backgrounds(wildcards.selection, model)


def sealed_labels(wildcards):
    """What each event of the mixture is: nobody reads it before unblinding."""
    path = f"results/{wildcards.selection}/blind/sealed/labels.parquet"
    return path if UNBLINDED else []


def scores_of_unmixed(wildcards):
    """Scores of all data, which are complete after unblinding only."""
    folder = f"results/{wildcards.selection}/scores/{SCORERS[wildcards.scorer].model}"
    names = SELECTIONS[wildcards.selection].data if UNBLINDED else []
    return [f"{folder}/{name}.parquet" for name in names]


def blind_settings(wildcards):
    selection, scorer = wildcards.selection, wildcards.scorer
    return write_canonical(
        {
            "selection": selection,
            "scorer": scorer,
            "column": SCORERS[scorer].column,
            "channels": list(SELECTIONS[selection].channels),
            "shifts": describe_background_shifts(selection),
            "signals": list_mixed_signals(selection),
            "data_luminosities": list_data_luminosities(selection),
            "test_fraction": CONFIG.split.test_fraction,
            "score_quantiles": CONFIG.scan.score_quantiles,
            "minimum_effective_events": CONFIG.scan.minimum_effective_events,
            "blind_test": describe_blind_test("bins", "widest", "uncertainty", "toys"),
            "seed": CONFIG.seed,
        }
    )


def list_blind_results(wildcards):
    return [
        f"results/{wildcards.selection}/blind/{scorer}.json" for scorer in BLIND_SCORERS
    ]


def blind_section_settings(wildcards):
    selection = SELECTIONS[wildcards.selection]
    return write_canonical(
        {
            "frame": describe_frame(wildcards.selection),
            "data_luminosities": list_data_luminosities(wildcards.selection),
            "scorers": [[name, SCORERS[name].kind] for name in BLIND_SCORERS],
            "signals": list_mixed_signals(wildcards.selection),
            "blind_test": describe_blind_test(
                "share", "events", "bins", "widest", "uncertainty"
            ),
            "unblinding": CONFIG.unblinding,
            "consent": BLIND.consent,
            "data": selection.data,
            "pseudo_data": [name for name in selection.data if name in DRAWN],
        }
    )
