# Settings of the limits: expected upper limits on the cross sections of signals.

LIMITS = CONFIG.studies.limits
LIMIT_SCORERS = [
    name
    for name, scorer in SCORERS.items()
    if scorer.model in BASELINES or scorer.model in LIMITS.list_networks(CONFIG)
]

WORDS.update(
    {
        "background_uncertainty": "studies.limits or scan.background_uncertainty",
        "limits": "studies.limits",
        "minimum_effective_events": "scan.minimum_effective_events",
        "scorers": "architectures.*.scores, baselines",
    }
)


def describe_limit_fit():
    # what else the block holds says which limits there are, and the uncertainty is resolved
    return LIMITS.model_dump(mode="json", include={"observable", "quantile", "bins"})


def limit_settings(wildcards):
    uncertainty = LIMITS.background_uncertainty
    return write_canonical(
        {
            "signal": wildcards.signal,
            "column": SCORERS[wildcards.scorer].column,
            "limits": describe_limit_fit(),
            "background_uncertainty": (
                CONFIG.scan.background_uncertainty
                if uncertainty is None
                else uncertainty
            ),
            "minimum_effective_events": CONFIG.scan.minimum_effective_events,
            "luminosity": CONFIG.luminosity,
            "test_fraction": CONFIG.split.test_fraction,
            "shifts": describe_shifts(wildcards.selection),
        }
    )


def limit_section_settings(wildcards):
    frame = {
        **describe_frame(wildcards.selection),
        "luminosity": CONFIG.luminosity,
    }
    return write_canonical(
        {"frame": frame, "scorers": LIMIT_SCORERS, "limits": describe_limit_fit()}
    )


def list_limits(wildcards):
    return [
        f"results/{wildcards.selection}/limits/{scorer}/{signal}.json"
        for scorer in LIMIT_SCORERS
        for signal in SELECTIONS[wildcards.selection].signals
    ]
