# Inputs and settings of the study of latent spaces.

LATENT = CONFIG.studies.latent_space

WORDS.update(
    {
        "latent": "studies.latent_space",
        "latent_events": "studies.latent_space.events",
        "normal": "families of the networks",
    }
)


def list_maps(suffix):
    """Maps of the networks that take part, for an input."""

    def maps(wildcards):
        return [
            f"results/{wildcards.selection}/latent/{name}.{suffix}"
            for name in LATENT.list_networks(CONFIG)
        ]

    return maps


def latent_settings(wildcards):
    return write_canonical(
        {
            "channels": list(SELECTIONS[wildcards.selection].channels),
            "signals": SELECTIONS[wildcards.selection].signals,
            "signal_parts": count_signal_parts(wildcards.selection),
            "latent": LATENT.model_dump(mode="json", include={"events", "umap"}),
            "seed": CONFIG.seed,
        }
    )


def latent_section_settings(wildcards):
    networks = LATENT.list_networks(CONFIG)
    return write_canonical(
        {
            "frame": {
                **describe_frame(wildcards.selection),
                "luminosity": CONFIG.luminosity,
            },
            "networks": networks,
            # their latent vectors are pulled to the origin
            "normal": [n for n in networks if CONFIG.architectures[n].family == "vae"],
            "test_fraction": CONFIG.split.test_fraction,
            "latent_events": LATENT.events,
        }
    )
