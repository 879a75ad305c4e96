# Embedded input: events are generated where the sample sheet names a process instead of files.

from rapidmass.identity import derive_seed

GENERATED = [
    name for name in SAMPLES if SAMPLES[name].process not in (None, PSEUDO_DATA)
]
DRAWN = [name for name in SAMPLES if SAMPLES[name].process == PSEUDO_DATA]
PSEUDO_SOURCES = [name for name in GENERATED if SAMPLES[name].role == "background"]


def describe_generation(sample, purpose, events, first_event):
    return write_canonical(
        {
            "sample": sample,
            "process": ANALYSIS.processes[SAMPLES[sample].process],
            # the other settings say how much is generated, which is in the number of events
            "generator": CONFIG.generator.model_dump(
                mode="json", include={"multi_parton_interactions", "batch_size"}
            ),
            "events": events,
            "first_event": first_event,
            "seed": derive_seed(CONFIG.seed, "generator", purpose, sample, first_event),
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
            "luminosity": SAMPLES[wildcards.sample].luminosity,
            "min_signal_leptons": CONFIG.generator.pseudo_data_leptons.get(wildcards.sample, 0),
            "seed": derive_seed(CONFIG.seed, "pseudo-data", wildcards.sample),
            "sources": {
                name: SAMPLES[name].cross_section
                * SAMPLES[name].k_factor
                * SAMPLES[name].filter_efficiency
                for name in PSEUDO_SOURCES
            },
        }
    )


rule generate_ntuple:
    """Generate events of one process, with a parametrised detector, into one ROOT file."""
    output:
        "resources/ntuples/{sample}/{part}.root",
    log:
        "logs/generate_ntuple/{sample}/{part}.log",
    benchmark:
        "logs/benchmarks/generate_ntuple/{sample}/{part}.jsonl"
    wildcard_constraints:
        sample=any_of(GENERATED),
    conda:
        "../../envs/generator.yaml"
    resources:
        mem_mb=1500,
        runtime="4h",
    params:
        settings=generator_settings,
        code=script_code("generate.py"),
    script:
        "../scripts/generate.py"


rule generate_pseudo_source:
    """Generate events of one background that no network and no yield sees, for pseudo-data."""
    output:
        "resources/pseudo_data/{sample}.root",
    log:
        "logs/generate_pseudo_source/{sample}.log",
    benchmark:
        "logs/benchmarks/generate_pseudo_source/{sample}.jsonl"
    wildcard_constraints:
        sample=any_of(PSEUDO_SOURCES),
    conda:
        "../../envs/generator.yaml"
    resources:
        mem_mb=1500,
        runtime="4h",
    params:
        settings=pseudo_source_settings,
        code=script_code("generate.py"),
    script:
        "../scripts/generate.py"


rule draw_pseudo_data:
    """Draw events from all backgrounds as an experiment of a given luminosity would."""
    input:
        expand("resources/pseudo_data/{sample}.root", sample=PSEUDO_SOURCES),
    output:
        "resources/ntuples/{sample}/{part}.root",
    log:
        "logs/draw_pseudo_data/{sample}/{part}.log",
    benchmark:
        "logs/benchmarks/draw_pseudo_data/{sample}/{part}.jsonl"
    wildcard_constraints:
        sample=any_of(DRAWN),
    conda:
        "../../envs/generator.yaml"
    resources:
        mem_mb=2000,
        runtime="1h",
    params:
        settings=pseudo_data_settings,
        code=script_code("draw_pseudo_data.py"),
    script:
        "../scripts/draw_pseudo_data.py"
