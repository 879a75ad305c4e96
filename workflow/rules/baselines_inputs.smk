# Inputs and settings of baselines. Only kinds that are fitted have a model and a scaler.

from rapidmass.scores.blinding_thresholds import find_lowest_cut

FITTED_BASELINES = {
    name: baseline
    for name, baseline in BASELINES.items()
    if isinstance(baseline, FittedBaseline)
}

WORDS.update(
    {
        "baseline": "baselines.{baseline}",
        "kind": "baselines.{baseline}.kind",
        "variable": "baselines.{baseline}.variable",
    }
)


def scaler_of_baseline(wildcards):
    scaling = FITTED_BASELINES[wildcards.baseline].scaling or CONFIG.scaling
    return f"results/{wildcards.selection}/scalers/{scaling.name}.json"


def model_of_baseline(wildcards):
    if wildcards.baseline not in FITTED_BASELINES:
        return []
    return [f"results/{wildcards.selection}/models/{wildcards.baseline}/baseline.npz"]


def is_blinded(wildcards):
    sample = SAMPLES.get(wildcards.dataset)
    return sample is not None and sample.is_data and CONFIG.unblinding is None


def blinding_of_baseline(wildcards):
    """The scores of background, whose lowest cut hides data."""
    if not is_blinded(wildcards):
        return []
    return [
        f"results/{wildcards.selection}/scores/{wildcards.baseline}/background.parquet"
    ]


def memory_of_baseline(wildcards, attempt):
    """In MB: a forest holds its events, twice as it joins them."""
    events = getattr(FITTED_BASELINES[wildcards.baseline], "max_events", 0)
    cells = CONFIG.rmm.make_layout().n_cells
    return round((1000 + 8e-6 * events * cells) * attempt)


def baseline_settings(wildcards):
    # the scaler is an input
    baseline = FITTED_BASELINES[wildcards.baseline].model_dump(
        mode="json", exclude={"scaling"}
    )
    return write_canonical(
        {
            "name": wildcards.baseline,
            "baseline": baseline,
            "validation_fraction": CONFIG.split.validation_fraction,
            "seed": CONFIG.seed,
        }
    )


def baseline_scoring_settings(wildcards):
    blinded = is_blinded(wildcards)
    return write_canonical(
        {
            "kind": BASELINES[wildcards.baseline].kind,
            "variable": getattr(BASELINES[wildcards.baseline], "variable", None),
            "blind_quantile": (
                find_lowest_cut(CONFIG.scan.score_quantiles) if blinded else None
            ),
        }
    )


def list_baseline_modules(wildcards):
    """The library loads the module of a kind that is fitted by name."""
    if wildcards.baseline not in FITTED_BASELINES:
        return ()
    return (f"rapidmass.models.baselines.{BASELINES[wildcards.baseline].kind}",)


def fit_baseline_code(wildcards):
    return digest_code("fit_baseline.py", list_baseline_modules(wildcards))


def score_baseline_code(wildcards):
    return digest_code("score_baseline.py", list_baseline_modules(wildcards))
