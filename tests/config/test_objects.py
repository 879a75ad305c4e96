"""Objects of events as a representation: what the configuration refuses."""

import copy

import pytest

from rapidmass.config.load import load_analysis
from rapidmass.provenance.yaml_files import read_yaml
from sources import ROOT


@pytest.fixture(scope="module")
def delivered():
    content = read_yaml(ROOT / "config/sensitivity.yaml")
    for key in ("samples", "ntuple_formats", "processes"):
        content[key] = str(ROOT / content[key])
    return content


def load(content):
    return load_analysis(content, origin="x.yaml").config


def test_the_delivered_search_shows_objects_to_a_transformer(delivered):
    content = copy.deepcopy(delivered)
    config = load(content)
    shown = config.show("objects")
    assert shown.shape == (12, 5)
    assert shown.objects == ("ele", "muo", "ljet", "bjet")
    assert config.get_scaling("masked_objects").kind == "present_standard"
    # what sums over objects is as without it
    del content["representations"]["objects"], content["architectures"]["masked_objects"]
    assert load(content).objects == config.objects


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"object": "tau"}, "objects, tau: object of the format 'tau' does not exist"),
        ({"features": {"pt": "ele.pz0"}}, "ele, feature 'pt'.*has no .pz0"),
        ({"features": {"pt": "ele"}}, "a number is needed"),
        ({"object": "met", "length": 1, "features": {"pt": "ele.pt"}}, "gives a list"),
        ({"object": "met", "length": 2, "features": {"pt": "met"}}, "met has one slot, not 2"),
        ({"object": "muo"}, "type of objects muo is listed twice"),
    ],
)
def test_wrong_objects_are_refused(delivered, changes, message):
    content = copy.deepcopy(delivered)
    content["representations"]["objects"]["types"][0].update(changes)
    content["representations"]["objects"]["types"].pop(4)
    with pytest.raises(ValueError, match=message):
        load(content)


def test_a_transformer_needs_objects(delivered):
    content = copy.deepcopy(delivered)
    content["architectures"]["masked_objects"]["representation"] = "rmm"
    with pytest.raises(ValueError, match="takes objects or sequence, but"):
        load(content)
