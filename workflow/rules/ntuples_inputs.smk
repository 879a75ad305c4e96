# Settings of the embedded generator, and of pseudo-data that are drawn from its events.


def describe_generation(sample, purpose, events, first_event):
    return write_canonical(
        {
            "sample": sample,
            # with its cross section pseudo-data are drawn, not events generated
            "process": ANALYSIS.get_process(sample).model_dump(
                mode="json", exclude={"cross_section"}
            ),
            # the other settings say how much is generated, which is in the number of events
            "generator": CONFIG.generator.model_dump(
                mode="json", include={"multi_parton_interactions", "batch_size"}
            ),
            "events": events,
            "first_event": first_event,
            "purpose": purpose,
            "seed": CONFIG.seed,
        }
    )


def generator_settings(wildcards):
    size = CONFIG.generator.events_per_file
    first = int(wildcards.part) * size
    events = min(size, scale_events(SAMPLES[wildcards.sample].events) - first)
    return describe_generation(wildcards.sample, "nominal", events, first)


def pseudo_source_settings(wildcards):
    events = scale_events(
        SAMPLES[wildcards.sample].events, CONFIG.generator.pseudo_data_share
    )
    return describe_generation(wildcards.sample, "pseudo-data", events, 0)


def pseudo_data_settings(wildcards):
    return write_canonical(
        {
            "sample": wildcards.sample,
            "data_luminosity": SAMPLES[wildcards.sample].luminosity,
            "min_signal_leptons": CONFIG.generator.pseudo_data_leptons.get(
                wildcards.sample, 0
            ),
            "seed": CONFIG.seed,
            "sources": [
                [name, ANALYSIS.get_process(name).cross_section]
                for name in PSEUDO_SOURCES
            ],
        }
    )
