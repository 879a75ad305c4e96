# Inputs and settings of the study of the number of megasets.

MEGASET_STUDY = CONFIG.studies.megaset_study
STUDY_NETWORKS = MEGASET_STUDY.list_networks(CONFIG)
# networks whose spread over seeds is known
REPLICATED = [name for name in STUDY_NETWORKS if name in REPLICA_NETWORKS]

WORDS.update(
    {
        "batch_size": "architectures.{architecture}.batch_size",
        "column": "architectures.*.scores",
        "numbers": "studies.megaset_study.numbers",
        "replicated": "studies.replicas",
        "study_networks": "studies.megaset_study.networks",
    }
)


def list_numbered(wildcards):
    """The models of a network, by number of megasets."""
    return [
        (
            wildcards.architecture
            if number == CONFIG.megasets.number
            else f"{wildcards.architecture}-megasets-{number}"
        )
        for number in MEGASET_STUDY.numbers
    ]


def list_numbered_histories(wildcards):
    return [
        f"results/{wildcards.selection}/models/{model}/history.json"
        for model in list_numbered(wildcards)
    ]


def list_numbered_backgrounds(wildcards):
    return [
        f"results/{wildcards.selection}/scores/{model}/background.parquet"
        for model in list_numbered(wildcards)
    ]


def list_numbered_signals(wildcards):
    return [
        f"results/{wildcards.selection}/scores/{model}/{signal}.parquet"
        for model in list_numbered(wildcards)
        for signal in SELECTIONS[wildcards.selection].signals
    ]


def list_training_benchmarks(wildcards):
    return [
        f"logs/benchmarks/train/{wildcards.selection}/{model}.jsonl"
        for model in list_numbered(wildcards)
    ]


def list_study_products(folder, suffix, networks):
    return [
        f"results/{{selection}}/{folder}/{network}{suffix}.json" for network in networks
    ]


def megaset_study_settings(wildcards):
    network = CONFIG.architectures[wildcards.architecture]
    return write_canonical(
        {
            "numbers": MEGASET_STUDY.numbers,
            "signals": SELECTIONS[wildcards.selection].signals,
            "column": SCORERS[wildcards.architecture].column,
            "batch_size": network.batch_size,
            "luminosity": CONFIG.luminosity,
            "test_fraction": CONFIG.split.test_fraction,
            "minimum_effective_events": CONFIG.scan.minimum_effective_events,
        }
    )


def megaset_section_settings(wildcards):
    return write_canonical(
        {
            "frame": {
                **describe_frame(wildcards.selection),
                "luminosity": CONFIG.luminosity,
            },
            "study_networks": STUDY_NETWORKS,
            "replicated": REPLICATED,
        }
    )
