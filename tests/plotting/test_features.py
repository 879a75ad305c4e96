import re

import pytest
from matplotlib.mathtext import MathTextParser

from rapidmass.plotting.features import describe_feature, label_feature
from rapidmass.representations.rmm.layout import Layout

TYPES = {"ljet": 2, "bjet": 1, "ele": 2, "muo": 2}
LAYOUTS = [Layout(TYPES, convention="thesis"), Layout(TYPES, convention="reference")]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.convention)
def test_every_feature_has_a_label_that_can_be_drawn(layout):
    names = [*layout.cell_names[1:], "met", "ht", "m_ll", "m_lll", "n_ele", "flavour"]
    labels = [label_feature(layout, name) for name in names]
    parser = MathTextParser("path")
    for label in set(labels):
        parser.parse(label)
    # in the thesis variant the first diagonal cell is the transverse mass too
    assert len(set(labels)) == len(names) - (4 if layout.convention == "thesis" else 0)
    words = [describe_feature(layout, name) for name in names]
    assert not any(re.search(r"[$_\\]", text) for text in words)


def test_energies_have_the_unit_of_the_convention():
    for name in ("m_ele0_muo0", "mT_ele0", "eT_ele0"):
        assert label_feature(LAYOUTS[0], name).endswith("[GeV]")
        assert label_feature(LAYOUTS[1], name).endswith(r"$/\sqrt{s}$")
    # those of the event are in GeV in both
    assert label_feature(LAYOUTS[1], "met").endswith("[GeV]")


def test_words_name_the_objects():
    assert describe_feature(LAYOUTS[0], "m_ele0_muo1") == "mass of ele0 and muo1"
    assert describe_feature(LAYOUTS[1], "mT_ele0") == "transverse mass of ele0 with MET"
    assert describe_feature(LAYOUTS[0], "n_bjet") == "number of b-jets"
    assert label_feature(LAYOUTS[0], "n_tau") == "Number of taus"
