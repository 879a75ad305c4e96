"""Collections of which each member has branches of its own."""

import pytest

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.load import ConfigError, validate

FLAT = {"pt": ["pt1", "pt2"], "eta": ["eta1", "eta2"], "phi": ["phi1", "phi2"], "mass": "0"}
ELECTRON = {"collection": "lepton", "where": ["id1 == 11", "id2 == 11"]}


def make(flat=None, electron=None):
    content = {
        "tree": "events",
        "energy_unit": "GeV",
        "collections": {"lepton": {**FLAT, **(flat or {})}},
        "objects": {"ele": {**ELECTRON, **(electron or {})}},
        "leptons": ["ele"],
        "met": {"pt": "met", "phi": "met_phi"},
        "weights": {"generator": "w"},
    }
    return validate(NtupleFormat, content, "format.yaml")


def test_members_are_there_where_their_pt_is_above_0():
    settings = make()
    assert settings.collections["lepton"].eta == "members(pt1 > 0, eta1, pt2 > 0, eta2)"
    assert settings.collections["lepton"].mass == "0"
    assert settings.objects["ele"].where == "members(pt1 > 0, id1 == 11, pt2 > 0, id2 == 11)"
    # what is stored is read as itself
    assert NtupleFormat.model_validate(settings.model_dump(mode="json")) == settings


def test_a_condition_says_when_members_are_there():
    settings = make({"present": ["n > 0", "n > 1"], "mass": [0.1, "m2"]}, {"where": "good"})
    assert settings.collections["lepton"].mass == "members(n > 0, 0.1, n > 1, m2)"
    assert settings.objects["ele"].where == "good"


@pytest.mark.parametrize(
    ("flat", "electron", "reason"),
    [
        ({"eta": ["eta1"]}, {}, r"collection lepton: 'eta' has 1 expressions for 2 members"),
        ({"present": ["n > 0"]}, {}, r"collection lepton: 'present' must be a list of 2"),
        ({"present": "n > 0"}, {}, r"collection lepton: 'present' must be a list of 2"),
        ({"pt": "pt"}, {}, r"collection lepton: 'eta' is a list.* and so must be 'pt'"),
        ({"pt": []}, {}, r"'pt' has no member"),
        ({"eta": ["eta1, 1", "eta2"]}, {}, r"eta.* which is not allowed"),
        ({}, {"where": ["good"]}, r"object ele: 'where' has 1 expressions for 2 members"),
        (
            {"pt": "pt", "eta": "eta", "phi": "phi"},
            {},
            r"object ele: 'where' is a list.* 'lepton' is not written so",
        ),
    ],
)
def test_lists_that_do_not_go_together_are_named(flat, electron, reason):
    with pytest.raises(ConfigError, match=reason):
        make(flat, electron)
