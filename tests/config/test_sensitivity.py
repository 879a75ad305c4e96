"""The delivered configuration that compares scores which are told no signal."""

import pytest

from rapidmass.config.load import load_analysis
from rapidmass.config.models.baseline import Combination
from rapidmass.provenance.yaml_files import read_yaml
from sources import ROOT


@pytest.fixture(scope="module")
def analysis():
    content = read_yaml(ROOT / "config/sensitivity.yaml")
    for key in ("samples", "ntuple_formats", "processes"):
        content[key] = str(ROOT / content[key])
    return load_analysis(content, origin="sensitivity.yaml")


def test_there_are_many_models_of_many_families(analysis):
    signals = {name for one in analysis.config.selections.values() for name in one.signals}
    assert len(signals) >= 20
    assert len({name.split("_")[0] for name in signals}) >= 8


def test_no_score_is_told_a_signal(analysis):
    config = analysis.config
    assert not [name for name, one in config.architectures.items() if one.signals]
    priors = {name for one in config.architectures.values() for name in one.priors}
    assert {analysis.samples[name].role for name in priors} == {"prior"}
    assert all(analysis.get_process(name).prior is not None for name in priors)


def test_scores_stand_beside_simple_variables_and_their_combination(analysis):
    baselines = analysis.config.baselines
    assert {"met", "ht", "st", "lt_met", "multiplicity"} <= set(baselines)
    (combination,) = [one for one in baselines.values() if isinstance(one, Combination)]
    assert set(combination.of) == {"prior_trees", "lt_met"}
    assert analysis.config.studies.sensitivity.enabled


def test_single_jets_tell_no_mass(analysis):
    """Jets of the prior have other masses than those of Pythia."""
    features = analysis.config.representations["kinematics"].features
    assert not [text for text in features.values() if "jets[0].mass" in str(text)]


@pytest.mark.parametrize(
    ("trees", "message"), [("prior_network", "family xgboost and told priors"), ("none", "none")]
)
def test_only_trees_of_a_prior_are_grown_again(trees, message):
    content = read_yaml(ROOT / "config/sensitivity.yaml")
    for key in ("samples", "ntuple_formats", "processes"):
        content[key] = str(ROOT / content[key])
    content["studies"] = {"sensitivity": {"enabled": True, "trees": trees}}
    with pytest.raises(ValueError, match=rf"studies\.sensitivity\.trees.*{message}"):
        load_analysis(content, origin="sensitivity.yaml")
