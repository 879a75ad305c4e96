# Cross sections and sums of weights become the weight of a sample's events.

from rapidmass.config.sample import SampleWeights


def files_with_weights(wildcards):
    sample = SAMPLES[wildcards.sample]
    return (
        list(PARTS[sample.sample].values())
        if isinstance(sample.sum_of_weights, str)
        else []
    )


def normalisation_settings(wildcards):
    sample = SAMPLES[wildcards.sample]
    return write_canonical(
        {
            "sample": sample.sample,
            # the rest of the row does not change a weight
            "weights": sample.model_dump(
                mode="json", include=set(SampleWeights.model_fields)
            ),
            "trees": ANALYSIS.formats[sample.format].tree,
            "luminosity_share": CONFIG.campaigns[sample.campaign].luminosity
            / CONFIG.luminosity,
        }
    )


rule normalise_sample:
    """Compute the weight in pb of a sample's events."""
    input:
        files_with_weights,
    output:
        "results/samples/{sample}.json",
    log:
        "logs/normalise_sample/{sample}.log",
    benchmark:
        "logs/benchmarks/normalise_sample/{sample}.jsonl"
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=1000,
        runtime="30m",
    params:
        settings=normalisation_settings,
        code=script_code("normalise_sample.py"),
    script:
        "../scripts/normalise_sample.py"
