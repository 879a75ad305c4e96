"""What the section on sensitivity reads, and what it is told of scores."""

from jobs import inputs
from jobs.studies import sensitivity

TREES = {"family": "xgboost", "target": {"priors": ["phase_space"]}}
TOLD = {"family": "xgboost", "target": {"signals": ["HLL_500", "Zprime_1000"]}}
BOTH = {"kind": "combination", "of": ["prior", "met"]}


def test_scans_are_by_score_and_signal_and_scores_of_a_kind(make):
    context = make(
        architectures={"prior": TREES, "told": TOLD},
        baselines={"both": BOTH},
        split={"folds": 2, "test_fraction": None},
        studies={"sensitivity": {"enabled": True}},
    )
    assert ("3lep", "sensitivity") in context.sections
    settings = sensitivity.describe_section(context, "3lep")
    kinds = dict(settings["kinds"][1])
    assert kinds["ae"] == "network"
    assert kinds["prior"] == "trained on a prior"
    assert kinds["told"] == "trained on signals"
    assert (kinds["met"], kinds["both"]) == ("baseline", "combination")
    # the selection has no Z'
    assert settings["told"][1] == {"ae": [], "prior": [], "told": ["HLL_500"]}
    scans = sensitivity.list_section_inputs(context, "3lep")["scans"]
    signals = context.selections["3lep"].signals
    assert len(scans) == len(kinds) * len(signals)
    first = [path for path in scans if f"/{next(iter(kinds))}/" in path]
    assert first == scans[: len(signals)]


def test_trees_are_grown_on_every_signal_and_the_prior_fold_by_fold(make, wildcards):
    context = make(
        architectures={"prior": TREES},
        split={"folds": 2, "test_fraction": None},
        studies={"sensitivity": {"enabled": True, "trees": "prior"}},
    )
    job = wildcards(selection="3lep", architecture="prior")
    signals = list(context.selections["3lep"].signals)
    samples = [path.split("/")[-1] for path in sensitivity.list_samples(context, job)]
    assert samples == [f"{name}.parquet" for name in (*signals, "phase_space")]
    scalers = inputs.list_fold_scalers(context, job)
    assert len(scalers) == 2
    assert all(f"fold-{k}" in path for k, path in enumerate(scalers))
    section = sensitivity.list_section_inputs(context, "3lep")
    assert section["ceilings"] == ["results/3lep/sensitivity/prior.json"]
    described = sensitivity.describe_ceilings(context, job)
    assert described["priors"][1] == ("phase_space",)
