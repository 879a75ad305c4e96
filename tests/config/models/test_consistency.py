from copy import deepcopy

import pytest

from rapidmass.config.load import ConfigError, load_analysis
from rapidmass.provenance.yaml_files import read_yaml
from sources import ROOT

NETWORK = {"family": "autoencoder", "layers": [{"units": "inputs", "activation": "linear"}]}
TREES = {"family": "xgboost", "target": {"signals": ["HLL_500"]}}
TREES_OF_PRIOR = {"family": "xgboost", "target": {"priors": ["phase_space"]}}
MASSES = {"HLL_500": 500, "Zprime_1000": 1000}
STUDENT = {
    "family": "student",
    "follows": "both",
    "layers": [{"units": 8, "activation": "relu"}],
}
PARAMETRISED = {
    "family": "parametrised",
    "target": {"signals": list(MASSES)},
    "masses": MASSES,
    "layers": [{"units": 8, "activation": "relu"}],
}


def load(told, **changes):
    """The delivered configuration with an architecture that is told signals, and no study."""
    config = deepcopy(read_yaml(ROOT / "config/config.yaml"))
    config |= {"studies": {}, "split": {"folds": 2, "validation_fraction": 0.1}, **changes}
    config["architectures"] = {"ae": NETWORK, "told": told}
    for key in ("samples", "ntuple_formats", "processes"):
        config[key] = str(ROOT / config[key])
    return load_analysis(config, origin="the tests")


def tell(*signals):
    return {**TREES, "target": {"signals": list(signals)}}


def test_a_classifier_of_priors_needs_no_signal_and_no_folds():
    config = load(TREES_OF_PRIOR, split={"test_fraction": 0.2}).config
    assert (config.architectures["told"].signals, config.architectures["told"].told) == (
        (), ("phase_space",),
    )  # fmt: skip


def test_signals_are_told_to_what_names_them():
    architectures = load(tell("HLL_500", "Zprime_1000")).config.architectures
    assert architectures["told"].signals == ("HLL_500", "Zprime_1000")
    assert architectures["ae"].signals == ()


@pytest.mark.parametrize(
    ("told", "changes", "message"),
    [
        (tell("HLL_50"), {}, "told.target.signals: signal 'HLL_50'.*HLL_500"),
        (tell("data_2lep"), {}, "told.target.signals: signal 'data_2lep'"),
        (
            {**TREES, "target": {"priors": ["HLL_500"]}},
            {},
            "told.target.priors: sample of that role 'HLL_500'",
        ),
        (tell("phase_space"), {}, "told.target.signals: signal 'phase_space'"),
        (
            TREES_OF_PRIOR,
            {"studies": {"seeds": {"enabled": True, "networks": ["told"]}}},
            "studies.seeds.networks: told is told which events are signal",
        ),
        (tell("Zprime_1000"), {}, "the selection 3lep has none of these signals; add one of its"),
        (PARAMETRISED, {}, "the selection 3lep lacks Zprime_1000, and background of its mass"),
        (TREES, {"split": {"test_fraction": 0.2}}, "split.folds is missing: told learns from"),
        (
            TREES,
            {"studies": {"seeds": {"enabled": True, "networks": ["told"]}}},
            "studies.seeds.networks: told is told which events are signal",
        ),
    ],
)
def test_what_cannot_be_trained_or_tested_is_refused(told, changes, message):
    with pytest.raises(ConfigError, match=message):
        load(told, **changes)


def test_studies_that_train_again_leave_out_what_is_told_signals():
    config = load(TREES, studies={"seeds": {"enabled": True}}).config
    assert config.studies.seeds.list_networks(config) == ["ae"]
    assert config.studies.fits.list_networks(config) == ["ae", "told"]


def test_only_networks_have_batches():
    config = load(TREES).config
    assert config.get_network("ae").batch_size > 0
    with pytest.raises(ValueError, match=r"architectures.told is no network but xgboost"):
        config.get_network("told")


def combine(**changes):
    one = {"kind": "combination", "of": ["told", "met"], **changes}
    variables = {"met": {"kind": "met"}, "multiplicity": {"kind": "multiplicity"}}
    return {"baselines": {**variables, "pca": {"kind": "pca"}, "both": one}}


def test_a_combination_reads_scores_and_classes():
    settings = load(TREES_OF_PRIOR, **combine(classes="multiplicity")).config.baselines["both"]
    assert settings.read == ("told", "met", "multiplicity")
    assert settings.by == "sum_log_p"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (combine(of=["told", "mett"]), "baselines.both.of: score 'mett' does not exist"),
        (combine(of=["told", "both"]), "baselines.both.of: score 'both'"),
        (combine(of=["told"]), "baselines.both.*of"),
        (combine(of=["met", "met"]), "score met is listed twice"),
        (combine(by="fisher"), "by"),
        (combine(classes="pca"), "baselines.both.classes: baseline that is a variable 'pca'"),
        (
            {**combine(), "split": {"test_fraction": 0.2}},
            "split.folds is missing: both compares each event",
        ),
    ],
)
def test_a_combination_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        load(TREES_OF_PRIOR, **changes)


def test_a_network_follows_a_combination_and_takes_no_part_where_others_are_trained_again():
    config = load(STUDENT, **combine(of=["ae", "met"]), studies={"seeds": {"enabled": True}}).config
    assert config.architectures["told"].followed == "both"
    assert config.architectures["ae"].followed is None
    assert config.studies.seeds.list_networks(config) == ["ae"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "both.of: told follows a combination itself; combine other scores"),
        (combine(of=["ae", "met"], kind="variable"), "both"),
        (
            {"baselines": {"met": {"kind": "met"}}},
            "told.follows: combination 'both' does not exist",
        ),
        (
            {
                **combine(of=["ae", "met"]),
                "studies": {"seeds": {"enabled": True, "networks": ["told"]}},
            },
            "studies.seeds.networks: told follows a combination of scores",
        ),
    ],
)
def test_what_a_network_cannot_follow_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        load(STUDENT, **{**combine(), **changes})
