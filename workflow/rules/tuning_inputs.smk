# Inputs and settings of tuning: batches of trials, in rounds.

TUNING = CONFIG.studies.tuning
TUNED = TUNING.list_networks(CONFIG)
TUNING_SELECTIONS = TUNING.list_selections(CONFIG)

WORDS.update(
    {
        "network": "architectures.{architecture}",
        "random_trials": "studies.tuning.random_trials",
        "space": "studies.tuning.space",
        "trials": "studies.tuning.trials",
        "tuned": "studies.tuning.networks",
        "tuning": "studies.tuning",
    }
)


def list_batches(rounds):
    return [
        f"results/{{selection}}/tuning/{{architecture}}/{number}-{batch}.json"
        for number in rounds
        for batch in range(TUNING.batches)
    ]


def list_earlier_batches(wildcards):
    """All batches of the rounds before."""
    return expand(
        list_batches(range(int(wildcards.round))),
        selection=wildcards.selection,
        architecture=wildcards.architecture,
    )


def scaler_of_tuned(wildcards):
    scaler = MODELS[wildcards.selection][wildcards.architecture].scaler
    return f"results/{wildcards.selection}/{SHOWN}/scalers/{scaler}.json"


def describe_tuned(wildcards):
    return {
        "name": wildcards.architecture,
        "selection": wildcards.selection,
        "space": TUNING.space,
    }


def tuning_settings(wildcards):
    network = CONFIG.architectures[wildcards.architecture]
    # more rounds or batches change no trial that is done
    return write_canonical(
        {
            **describe_tuned(wildcards),
            # which scores are used says nothing of a loss; the scaler is an input
            "network": {
                **network.model_dump(
                    mode="json", exclude={"representation", "scaling", "scores"}
                ),
                "epochs": TUNING.epochs or network.epochs,
            },
            "round": int(wildcards.round),
            "batch": int(wildcards.batch),
            "trials": TUNING.trials,
            "random_trials": TUNING.random_trials,
            "training": CONFIG.training.model_dump(
                mode="json", include=set(TrainingSettings.model_fields)
            ),
            "validation_fraction": CONFIG.split.validation_fraction,
            "seed": CONFIG.seed,
        }
    )


def trials_settings(wildcards):
    return write_canonical(
        {
            **describe_tuned(wildcards),
            "network": CONFIG.architectures[wildcards.architecture],
        }
    )


def tuning_code(wildcards):
    # the library loads the family by name
    family = CONFIG.architectures[wildcards.architecture].family
    return digest_code(
        "tune.py", (f"rapidmass.models.networks.{family}", REPRESENTATION)
    )


def trials_code(wildcards):
    family = CONFIG.architectures[wildcards.architecture].family
    return digest_code("collect_trials.py", (f"rapidmass.models.networks.{family}",))


def tuning_section_settings(wildcards):
    used = ("rounds", "batches", "trials", "random_trials")
    return write_canonical(
        {
            "frame": {
                **describe_frame(wildcards.selection),
                "luminosity": CONFIG.luminosity,
            },
            "tuned": TUNED,
            "tuning": {
                **{key: getattr(TUNING, key) for key in used},
                "megasets": min(TUNING.megasets, CONFIG.megasets.number),
            },
        }
    )
