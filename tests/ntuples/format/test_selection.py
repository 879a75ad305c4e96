"""Event variables and cutflows, against plain recomputation."""

from dataclasses import replace
from types import SimpleNamespace

import awkward as ak
import numpy as np
import pytest

from jagged_objects import to_awkward
from rapidmass.columnar.four_vectors import FourVectors
from rapidmass.config.search.selection import Cut
from rapidmass.ntuples.access.chunks import iterate_chunks
from rapidmass.ntuples.access.sources import Source
from rapidmass.ntuples.access.trees import open_tree
from rapidmass.ntuples.format.builder import EventBuilder
from rapidmass.ntuples.format.events import Built, Tally
from rapidmass.ntuples.format.selection import Selector, Variables, spell_flavours


@pytest.fixture
def events(write, ntuple_format):
    source = Source(str(write()))
    builder = EventBuilder(ntuple_format, ["ele", "muo", "jet"], is_data=False)
    with open_tree(source, ["mini"]) as tree:
        (chunk,) = iterate_chunks(source, tree, builder.branches)
    return builder.build(chunk, source, "part").events


SETTINGS = SimpleNamespace(leptons=["ele", "muo"], objects={"ele": None, "muo": None, "jet": None})


def compute(events):
    return Variables(SETTINGS, {}).compute(events)


def make_selector(*cuts):
    return Selector(Variables(SETTINGS, {}, cuts))


def count_all(events):
    """Events of which none was left out before the cuts."""
    weights = events.generator_weight * events.scale_factor
    return Built(events, (Tally.make(weights, np.ones(len(events), bool)),), ())


def test_leading_leptons_come_from_all_flavours(events):
    variables = compute(events)
    both = ak.concatenate([to_awkward(events.objects[name]).pt for name in ("ele", "muo")], axis=1)
    for rank in range(3):
        expected = [
            sorted(row, reverse=True)[rank] if len(row) > rank else np.nan
            for row in ak.to_list(both)
        ]
        np.testing.assert_allclose(variables[f"pt_lep{rank + 1}"], expected)


def test_masses_exist_where_the_leptons_do(events):
    variables = compute(events)
    np.testing.assert_array_equal(np.isnan(variables["m_ll"]), variables["n_lep"] < 2)
    np.testing.assert_array_equal(np.isnan(variables["m_lll"]), variables["n_lep"] < 3)


def test_masses_of_massless_particles_in_closed_form(events):
    """Of pairs across flavours too; of three, the squares of the pairs' masses add up."""
    pt, eta, phi = (np.array(x) for x in ([40.0, 30.0, 20.0], [0.5, -1.0, 2.0], [0.1, 2.0, -3.0]))

    def square(i, j):
        return 2 * pt[i] * pt[j] * (np.cosh(eta[i] - eta[j]) - np.cos(phi[i] - phi[j]))

    one, two = np.array([0, 1]), np.array([0, 2])
    first, others = [0], [1, 2]
    objects = {
        "ele": FourVectors(two, pt[others], eta[others], phi[others], np.zeros(2)),
        "muo": FourVectors(one, pt[first], eta[first], phi[first], np.zeros(1)),
    }
    found = compute(replace(events[:1], objects=objects))
    assert found["m_ll"][0] == pytest.approx(np.sqrt(square(0, 1)))
    assert found["m_lll"][0] == pytest.approx(np.sqrt(square(0, 1) + square(0, 2) + square(1, 2)))


def test_flavour_composition_spells_the_leptons(events):
    n_ele, n_muo = (events.objects[name].counts for name in ("ele", "muo"))
    expected = ["e" * e + "m" * m for e, m in zip(n_ele, n_muo, strict=True)]
    assert spell_flavours(events, ["ele", "muo"]).tolist() == expected


def test_cutflow_counts_what_each_cut_leaves(events):
    cuts = [
        Cut(name="trigger", require="trigger"),
        Cut(name="two", require="n_lep >= 2"),
        Cut(name="mass", require="m_ll > 70"),
    ]
    selector = make_selector(*cuts)
    first = selector.select(count_all(events[np.arange(1000) < 400]))
    second = selector.select(count_all(events[np.arange(1000) >= 400]))
    values = compute(events)
    weights = events.generator_weight * events.scale_factor
    masks = [np.ones(1000, bool), events.trigger, values["n_lep"] >= 2, values["m_ll"] > 70]
    passed = np.logical_and.accumulate(masks)
    assert selector.cutflow.steps == ["all events", "trigger", "two", "mass"]
    assert selector.cutflow.raw == passed.sum(axis=1).tolist()
    np.testing.assert_allclose(selector.cutflow.weighted, passed @ weights)
    np.testing.assert_allclose(selector.cutflow.squared, passed @ weights**2)
    assert len(first) + len(second) == passed[-1].sum() > 0


def test_an_event_without_the_lepton_passes_no_cut_on_it(events):
    selector = make_selector(Cut(name="any", require="(pt_lep3 > 0) | (pt_lep3 <= 0)"))
    assert compute(selector.select(count_all(events)))["n_lep"].min() >= 3


def test_unknown_variable_lists_the_known_ones(events):
    selector = make_selector(Cut(name="typo", require="n_elle > 1"))
    with pytest.raises(ValueError, match="'n_elle > 1': 'n_elle' is not defined"):
        selector.select(count_all(events))


def test_objects_that_only_cuts_count_are_built_too(ntuple_format):
    cuts = [Cut(name="veto", require="(n_jet < 4) & (n_lep > 1)")]
    assert Variables(ntuple_format, {"muo": 1}, cuts).objects == ["muo", "ele", "jet"]
