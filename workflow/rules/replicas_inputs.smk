# Inputs and settings of replicas: the same networks with other seeds.

REPLICAS = CONFIG.studies.replicas
REPLICA_NETWORKS = REPLICAS.list_networks(CONFIG) if REPLICAS.enabled else []

WORDS.update(
    {
        "scorers": "architectures.*.scores, baselines",
        "signals": "selections.{selection}.signals",
    }
)


def list_replicas(network):
    """The network itself, and its replicas."""
    return [network] + [
        f"{network}-replica-{replica}" for replica in range(1, REPLICAS.number)
    ]


def list_replica_backgrounds(wildcards):
    return [
        f"results/{wildcards.selection}/scores/{model}/background.parquet"
        for model in list_replicas(wildcards.architecture)
    ]


def list_replica_signals(wildcards):
    return [
        f"results/{wildcards.selection}/scores/{model}/{signal}.parquet"
        for model in list_replicas(wildcards.architecture)
        for signal in SELECTIONS[wildcards.selection].signals
    ]


def replica_settings(wildcards):
    used = {
        "score_quantiles",
        "minimum_effective_events",
        "background_uncertainty",
        "met",
    }
    return write_canonical(
        {
            "signals": SELECTIONS[wildcards.selection].signals,
            "scorers": [
                [name, scorer.column]
                for name, scorer in SCORERS.items()
                if scorer.model == wildcards.architecture
            ],
            "scan": CONFIG.scan.model_dump(mode="json", include=used),
            "luminosity": CONFIG.luminosity,
            "test_fraction": CONFIG.split.test_fraction,
        }
    )


def replica_section_settings(wildcards):
    frame = {
        **describe_frame(wildcards.selection),
        "luminosity": CONFIG.luminosity,
    }
    return write_canonical({"frame": frame})
