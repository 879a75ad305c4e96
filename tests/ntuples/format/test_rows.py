"""Members of an event as entries: each has what belongs to it, and a number of its own."""

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.search.selection import Cut
from rapidmass.datasets.shards import Sharder, write_shard
from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.provenance.atomic_files import read_json
from rapidmass.representations.registry import make_representation

FORMAT = {
    "tree": ["events"],
    "energy_unit": "GeV",
    "collections": {
        "jets": {"pt": "jetPt", "eta": "jetEta", "phi": "0 * jetPt", "mass": "0 * jetPt"},
        "tracks": {
            "pt": "trackPt", "eta": "0 * trackPt", "phi": "0 * trackPt", "mass": "0 * trackPt",
            "owner": "trackJet",
        },
        "leptons": {"pt": "lepPt", "eta": "0 * lepPt", "phi": "0 * lepPt", "mass": "0 * lepPt"},
    },
    "objects": {
        "jet": {"collection": "jets", "where": "jetPt > 20"},
        "central": {"collection": "jets", "where": "(jetPt > 20) & (abs(jetEta) < 1)"},
        "track": {"collection": "tracks", "where": "trackPt > 1"},
        "ele": {"collection": "leptons", "where": "lepPt > 0"},
    },
    "rows": "jet",
    "leptons": ["ele"],
    "met": {"pt": "met", "phi": "0 * met"},
    "identity": {"run": "1", "event": "event"},
    "weights": {"generator": "weight"},
}  # fmt: skip
FEATURES = {
    "pt": "jet[0].pt", "jets": "n_jet", "central": "n_central", "tracks": "n_track",
    "sum": "sum(track.pt)", "first": "track[0].pt", "leptons": "n_ele", "met": "met",
}  # fmt: skip
EVENTS = {
    # 15 GeV is no jet, and what belongs to it is nowhere
    "jetPt": ak.Array([[15.0, 30.0, 50.0], [], [40.0]]),
    "jetEta": ak.Array([[0.0, 2.0, 0.5], [], [0.0]]),
    "trackPt": ak.Array([[3.0, 4.0, 5.0, 6.0, 7.0, 0.5], [2.0], []]),
    "trackJet": ak.Array([[0, 1, 2, 2, -1, 1], [-1], []]),
    "lepPt": ak.Array([[9.0, 8.0], [7.0], []]),
    "met": np.array([10.0, 20.0, 30.0]),
    "event": np.array([5, 6, 7]),
    "weight": np.array([2.0, 1.0, 3.0]),
}


def make_shard(folder, events=EVENTS, cut="jet[0].pt > 0", **changes):
    with uproot.recreate(folder / "events.root") as file:
        file["events"] = events
    sharder = Sharder(
        Source(str(folder / "events.root")),
        sample="s",
        part="events",
        selection="all",
        is_data=False,
        settings=NtupleFormat.model_validate({**FORMAT, **changes}),
        cuts=[Cut(name="cut", require=cut)],
        representation=make_representation({"kind": "table", "features": list(FEATURES.items())}),
        objects={"jet": 100},
        sqrt_s=13000.0,
        seed=1,
    )
    write_shard(sharder, folder / "shard.parquet", folder / "cutflow.json", {})
    table = pq.read_table(folder / "shard.parquet")
    rows = {name: table[f"feature:{name}"].to_pylist() for name in FEATURES}
    by_event = sorted(zip(table["event"].to_pylist(), *rows.values(), strict=True))
    return by_event, read_json(folder / "cutflow.json"), table


def test_each_jet_has_what_belongs_to_it(tmp_path):
    rows, cutflow, table = make_shard(tmp_path)
    nan_safe = [tuple(None if x != x else x for x in row) for row in rows]
    assert nan_safe == [
        # event, pt, jets, central, tracks, sum, first, leptons, met
        (5 * 1024 + 1, 30, 1, 0, 1, 4, 4, 2, 10),
        (5 * 1024 + 2, 50, 1, 1, 2, 11, 6, 2, 10),
        (7 * 1024, 40, 1, 1, 0, 0, None, 0, 30),
    ]
    assert cutflow["steps"] == ["all events", "one entry a jet", "cut"]
    assert cutflow["raw"] == [3, 3, 3]
    assert cutflow["weighted"] == [6, 7, 7]
    assert len(set(table["key"].to_pylist())) == 3


def test_cuts_are_of_rows(tmp_path):
    rows, cutflow, _ = make_shard(tmp_path, cut="n_track > 1")
    assert [row[0] for row in rows] == [5 * 1024 + 2]
    assert cutflow["raw"] == [3, 3, 1]


def test_rows_are_those_of_a_loop(tmp_path):
    """Of many events, in pieces of any size."""
    rng = np.random.default_rng(1)
    n = 3000
    jets, tracks = rng.integers(0, 5, n), rng.integers(0, 9, n)
    owner = [rng.integers(-1, k, t) if k else np.full(t, -1) for k, t in zip(jets, tracks,
                                                                          strict=True)]  # fmt: skip
    events = {
        **{name: ak.unflatten(values, counts) for name, values, counts in (
            ("jetPt", rng.uniform(10, 90, jets.sum()), jets),
            ("jetEta", rng.normal(0, 1, jets.sum()), jets),
            ("trackPt", rng.uniform(0, 9, tracks.sum()), tracks),
            ("trackJet", np.concatenate(owner), tracks),
            ("lepPt", np.ones(n), np.ones(n, int)),
        )},
        "met": rng.uniform(0, 9, n), "event": np.arange(n), "weight": np.ones(n),
    }  # fmt: skip
    rows, _, _ = make_shard(tmp_path, events)
    expected = {}
    for event in range(n):
        for number, pt in enumerate(events["jetPt"][event].to_list()):
            if pt > 20:
                mine = [t for t, o in zip(events["trackPt"][event].to_list(), owner[event],
                                          strict=True) if o == number and t > 1]  # fmt: skip
                expected[1024 * event + number] = (pt, len(mine), sum(mine))
    assert [row[0] for row in rows] == sorted(expected)
    found = np.array([(row[1], row[4], row[5]) for row in rows])
    np.testing.assert_allclose(found, [expected[key] for key in sorted(expected)], rtol=1e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trackJet": ak.Array([[0, 1, 3, 2, -1, 1], [-1], []])}, "number 3 of the collection"),
        ({"event": np.array([5, 2**54, 7])}, "leaves no room"),
        ({"jetPt": ak.Array([[50.0] * 1025, [], []]), "jetEta": ak.Array([[0.0] * 1025, [], []])},
         "1025 members"),
    ],
)  # fmt: skip
def test_counts_that_disagree_are_refused(tmp_path, changes, message):
    with pytest.raises(NtupleError, match=message):
        make_shard(tmp_path, {**EVENTS, **changes})
    assert not (tmp_path / "shard.parquet").exists()


def test_formats_say_whose_rows_they_are():
    with pytest.raises(ValueError, match="'bjet' is not among the objects"):
        NtupleFormat.model_validate({**FORMAT, "rows": "bjet"})
    with pytest.raises(ValueError, match=r"tracks\.owner needs 'rows'"):
        NtupleFormat.model_validate({**FORMAT, "rows": None})
    with pytest.raises(ValueError, match=r"tracks\.owner needs 'rows'"):
        NtupleFormat.model_validate({**FORMAT, "rows": "track"})
