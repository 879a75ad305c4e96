"""Objects of events as a representation: what the configuration refuses."""

import pytest

from rapidmass.config.load import load_analysis
from rapidmass.provenance.yaml_files import read_yaml
from sources import ROOT

DIRECTIONS = {"x": "cos(dphi({0}, met))", "y": "sin(dphi({0}, met))"}


def describe_type(name, length):
    features = {"pt": "log({0}.pt)", "eta": "{0}.eta", **DIRECTIONS}
    shown = {feature: text.format(name) for feature, text in features.items()}
    return {"object": name, "length": length, "features": shown}


@pytest.fixture
def content():
    """The delivered search that is told no signal, with objects and a transformer."""
    found = read_yaml(ROOT / "config/sensitivity.yaml")
    for key in ("samples", "ntuple_formats", "processes"):
        found[key] = str(ROOT / found[key])
    types = [describe_type("ele", 3), describe_type("muo", 3), describe_type("ljet", 3)]
    met = {"object": "met", "features": {"pt": "log(met + 1)"}}
    found["representations"]["objects"] = {"kind": "objects", "types": [*types, met]}
    found["architectures"]["objects"] = {"family": "masked_objects", "representation": "objects"}
    return found


def load(content):
    return load_analysis(content, origin="x.yaml").config


def test_a_transformer_is_shown_objects(content):
    config = load(content)
    shown = config.show("objects")
    assert shown.shape == (10, 4)
    assert shown.objects == ("ele", "muo", "ljet")
    assert config.get_scaling("objects").kind == "present_standard"
    # sums over objects, as HT, are as without it
    del content["representations"]["objects"], content["architectures"]["objects"]
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
def test_wrong_objects_are_refused(content, changes, message):
    types = content["representations"]["objects"]["types"]
    types[0].update(changes)
    types.pop()
    with pytest.raises(ValueError, match=message):
        load(content)


def test_a_transformer_needs_objects(content):
    content["architectures"]["objects"]["representation"] = "rmm"
    with pytest.raises(ValueError, match="takes objects or sequence, but"):
        load(content)
