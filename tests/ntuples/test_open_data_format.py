"""The format of ATLAS Open Data 2020, on real files: counts as published with them."""

import json
from pathlib import Path

import numpy as np
import pytest

from rapidmass.config.load import read_format
from rapidmass.config.selection import Cut
from rapidmass.rmm.layout import Layout
from rapidmass.sharding import Sharder, write_shard
from rapidmass.shards import read_events

ROOT = Path(__file__).parents[2]
FOLDER = ROOT.parent / "shared/data/real/atlas-open-data-2020-13tev"


@pytest.fixture
def select(tmp_path):
    if not FOLDER.is_dir():
        pytest.skip(f"the ATLAS Open Data files are not at {FOLDER}")

    def select_events(file, requirement):
        output, cutflow = tmp_path / "shard.parquet", tmp_path / "cutflow.json"
        sharder = Sharder(
            FOLDER / file,
            sample="sample",
            part="0",
            selection="counting",
            is_data=file.startswith("data"),
            settings=read_format(ROOT / "config/ntuples/atlas_open_data_2020.yaml"),
            cuts=[Cut(name="requirement", require=requirement)],
            layout=Layout(),
            seed=1,
        )
        write_shard(sharder, output, cutflow, {})
        return json.loads(cutflow.read_text())["raw"], read_events(output)

    return select_events


@pytest.mark.parametrize(
    ("file", "entries", "two", "three"),
    [
        ("mc_361106.Zee.4lep.root", 898, 548, 214),
        ("mc_361107.Zmumu.4lep.root", 684, 441, 157),
        ("mc_361108.Ztautau.4lep.root", 9, 4, 2),
        ("mc_410000.ttbar_lep.4lep.root", 1031, 658, 153),
        ("mc_410155.ttW.4lep.root", 1373, 424, 739),
        ("data_A.4lep.root", 39, 10, 9),
        ("data_B.4lep.root", 156, 68, 32),
        ("data_C.4lep.root", 237, 88, 67),
    ],
)
def test_tight_leptons_are_counted_as_published(select, file, entries, two, three):
    for leptons, expected in ((2, two), (3, three)):
        raw, table = select(file, f"n_lep == {leptons}")
        assert raw == [entries, expected]
        assert {len(flavour) for flavour in table["flavour"].to_pylist()} == {leptons}


def test_momenta_are_in_gev_and_the_z_peak_is_where_it_is(select):
    _, table = select("mc_361106.Zee.4lep.root", "(n_ele == 2) & (n_muo == 0)")
    assert np.median(table["m_ll"].to_numpy()) == pytest.approx(91, abs=2)


def test_negative_event_numbers_of_data_make_distinct_keys(select):
    _, table = select("data_C.4lep.root", "n_lep >= 0")
    assert len(np.unique(table["key"].to_numpy())) == 237
