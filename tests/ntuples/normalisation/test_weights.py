"""Weights of events: simulation by its own formula, data by theirs."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from rapidmass.config.load import read_format
from rapidmass.ntuples.access.chunks import iterate_chunks
from rapidmass.ntuples.access.sources import Source
from rapidmass.ntuples.access.trees import open_tree
from rapidmass.ntuples.format.builder import EventBuilder

ROOT = Path(__file__).parents[3]
REAL = ROOT.parent / "shared/data/real"
TTBAR_WW = (
    "ODEO_FEB2025_v0_2J2LMET30_mc_410081.MadGraphPythia8EvtGen_A14NNPDF23_ttbarWW.2J2LMET30.root"
)
YEARS = {
    "2020": ("atlas-open-data-2020-13tev", "data_C.4lep.root", "mc_410155.ttW.4lep.root"),
    "2025": (
        "atlas-open-data-2025-13tev",
        "ODEO_FEB2025_v0_exactly4lep_data15_periodD.exactly4lep.root",
        TTBAR_WW,
    ),
}


def weigh(path, settings, *, is_data):
    """Generator weights and scale factors of all events of a file, and its branches."""
    builder = EventBuilder(settings, [], is_data=is_data)
    source = Source(str(path))
    with open_tree(source, settings.tree) as tree:
        builder.bind(source, tree.keys())
        built = [
            builder.build(chunk, source, "0")
            for chunk in iterate_chunks(source, tree, builder.branches)
        ]
    return (
        np.concatenate([getattr(some.events, name) for some in built])
        for name in ("generator_weight", "scale_factor")
    )


def test_data_have_weight_one_whatever_their_branches_say(write, branches, ntuple_format):
    zeros = {name: np.zeros(len(branches["run"]), np.float32) for name in ("weight", "sf")}
    path = write(branches={**branches, **zeros})
    generator, factor = weigh(path, ntuple_format, is_data=True)
    assert set(generator * factor) == {1.0}
    generator, factor = weigh(path, ntuple_format, is_data=False)
    assert set(generator * factor) == {0.0}


def test_data_need_no_branches_of_weights(write, branches, ntuple_format):
    few = {name: column for name, column in branches.items() if name not in ("weight", "sf")}
    generator, factor = weigh(write(branches=few), ntuple_format, is_data=True)
    assert set(generator * factor) == {1.0}


def test_scale_factors_may_be_products_over_chosen_objects(write, branches, change_format):
    leptons = branches["lep"]
    factors = ak.values_astype(0.9 + 0.2 * (leptons.pt % 1), np.float32)
    path = write(branches={**branches, "lepsf": factors})
    formula = "sf * prod(where(lep_pt > threshold, lepsf, 1))"
    settings = change_format(weights={"generator": "weight", "scale_factors": formula})
    _, found = weigh(path, settings, is_data=False)
    tight = leptons.pt > 10_000
    expected = [
        sf * np.prod(np.asarray(some[chosen], np.float64))
        for sf, some, chosen in zip(branches["sf"], factors, tight, strict=True)
    ]
    assert ak.num(leptons).to_numpy().min() == 0
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("year", list(YEARS))
def test_real_data_have_weight_one(year):
    """In those of 2020 all stored weights and factors are 0."""
    folder, data, simulation = YEARS[year]
    if not (REAL / folder).is_dir():
        pytest.skip(f"the ATLAS Open Data files are not at {REAL / folder}")
    settings = read_format(ROOT / f"config/ntuples/atlas_open_data_{year}.yaml")
    generator, factor = weigh(REAL / folder / data, settings, is_data=True)
    assert set(generator * factor) == {1.0}
    by_formula = np.prod(list(weigh(REAL / folder / data, settings, is_data=False)), axis=0)
    assert set(by_formula) == {0.0 if year == "2020" else 1.0}
    generator, factor = weigh(REAL / folder / simulation, settings, is_data=False)
    assert len(set(generator * factor)) > 1000
