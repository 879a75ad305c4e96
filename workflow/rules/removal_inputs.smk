# Inputs and settings of channel removal: which channels and networks, and the scores of each.

REMOVAL = CONFIG.studies.channel_removal
REMOVAL_NETWORKS = REMOVAL.list_networks(CONFIG) if REMOVAL.enabled else []
REMOVABLE = {
    selection: REMOVAL.list_channels(CONFIG, selection) if REMOVAL.enabled else []
    for selection in SELECTIONS
}

WORDS.update(
    {
        "baselines": "baselines",
        "minimum_effective_events": "scan.minimum_effective_events",
        "removal_networks": "studies.channel_removal.networks",
        "removed": "studies.channel_removal.channels",
        "scorers": "architectures.*.scores, baselines",
    }
)


def list_removal_scorers(model):
    """Name and column of every score that a network or baseline gives."""
    return [
        [name, scorer.column]
        for name, scorer in SCORERS.items()
        if scorer.model == model
    ]


def describe_removal_job(model, channels):
    return write_canonical(
        {
            "removed": channels,
            "scorers": list_removal_scorers(model),
            "luminosity": CONFIG.luminosity,
            "test_fraction": CONFIG.split.test_fraction,
            "minimum_effective_events": CONFIG.scan.minimum_effective_events,
        }
    )


def removal_settings(wildcards):
    return describe_removal_job(wildcards.architecture, [wildcards.channel])


def removal_baseline_settings(wildcards):
    return describe_removal_job(wildcards.baseline, REMOVABLE[wildcards.selection])


def list_removals(wildcards):
    return [
        f"results/{wildcards.selection}/channel_removal/{network}/{channel}.json"
        for network in REMOVAL_NETWORKS
        for channel in REMOVABLE[wildcards.selection]
    ]


def list_baseline_removals(wildcards):
    return [
        f"results/{wildcards.selection}/channel_removal/{baseline}.json"
        for baseline in BASELINES
    ]


def removal_section_settings(wildcards):
    return write_canonical(
        {
            "frame": describe_frame(wildcards.selection),
            "removed": REMOVABLE[wildcards.selection],
            "removal_networks": REMOVAL_NETWORKS,
            "baselines": list(BASELINES),
            "minimum_effective_events": CONFIG.scan.minimum_effective_events,
        }
    )
