"""From a ROOT file to a shard: order does not matter, nothing is lost, failures leave nothing."""

import json

import awkward as ak
import numpy as np
import pytest
import uproot

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.search.selection import Cut
from rapidmass.datasets import shards
from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.matrices import build
from rapidmass.representations.tables import decode
from rapidmass.storage import parquet, sorting
from synthetic_events import show

FORMAT = NtupleFormat.model_validate(
    {
        "tree": ["events"],
        "energy_unit": "GeV",
        "collections": {"lep": {"pt": "pt", "eta": "eta", "phi": "phi", "mass": "0 * pt"}},
        "objects": {"ele": {"collection": "lep", "where": "pt > 10"}},
        "leptons": ["ele"],
        "met": {"pt": "met", "phi": "met_phi"},
        "identity": {"run": "run", "event": "event"},
        "weights": {"generator": "weight"},
    }
)
LAYOUT = Layout(types={"ele": 3})
CUTS = [Cut(name="a lepton", require="n_ele >= 1")]
N = 3000


@pytest.fixture
def events():
    rng = np.random.default_rng(3)
    counts = rng.poisson(1.5, N)
    total = counts.sum()
    return {
        **{
            key: ak.unflatten(values, counts)
            for key, values in {
                "pt": rng.exponential(20, total) + 5,
                "eta": rng.normal(0, 1, total),
                "phi": rng.uniform(-3, 3, total),
            }.items()
        },
        "met": rng.exponential(20, N),
        "met_phi": rng.uniform(-3, 3, N),
        "run": np.full(N, 7),
        "event": np.arange(N),
        "weight": rng.normal(1, 1, N),
    }


@pytest.fixture
def make_shard(tmp_path):
    def make(events, name="a", **changes):
        source = tmp_path / f"{name}.root"
        with uproot.recreate(source) as file:
            file.mktree("events", {k: ak.type(ak.Array(v)).content for k, v in events.items()})
            if len(events["met"]):
                file["events"].extend(events)
        output, cutflow = tmp_path / f"{name}.parquet", tmp_path / f"{name}.json"
        settings = {
            "sample": "s", "part": "0", "selection": "x", "is_data": False,
            "settings": FORMAT, "cuts": CUTS, **show(LAYOUT),
            "seed": 1,
        }  # fmt: skip
        sharder = shards.Sharder(Source(str(source)), **{**settings, **changes})
        shards.write_shard(sharder, output, cutflow, {})
        return output, json.loads(cutflow.read_text())

    return make


def test_a_shard_holds_the_selected_events_and_their_matrices(make_shard, events):
    path, cutflow = make_shard(events)
    table = parquet.read_shard(path)
    chosen = events["pt"] > 10
    passed = ak.to_numpy(ak.any(chosen, axis=1))
    assert cutflow["raw"] == [N, passed.sum()]
    assert cutflow["weighted"] == pytest.approx(
        [events["weight"].sum(), events["weight"][passed].sum()]
    )
    number = table["event"].to_numpy().astype(int)
    assert sorted(number) == np.flatnonzero(passed).tolist()
    records = {"ele": ak.zip({k: events[k][chosen][number] for k in ("pt", "eta", "phi")})}
    records["ele"] = ak.with_field(records["ele"], 0 * records["ele"].pt, "mass")
    expected = build(LAYOUT, records, events["met"][number], events["met_phi"][number])
    found = decode(table).fill().reshape(expected.shape)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(table["generator_weight"], events["weight"][number])
    sums = [sum(pt) for pt in events["pt"][chosen][number].to_list()]
    np.testing.assert_allclose(table["ht"], sums, rtol=1e-6)
    assert table["ht"].type == "float"
    beyond = ak.num(events["pt"][chosen][number]) > LAYOUT.types["ele"]
    assert ak.any(beyond), "objects beyond the slots count too"


def test_the_order_of_events_in_the_file_does_not_matter(make_shard, events):
    turned = {name: column[::-1] for name, column in events.items()}
    first, second = make_shard(events)[0], make_shard(turned, "b")[0]
    assert first.read_bytes() == second.read_bytes()


def test_sorting_on_disk_gives_the_same_bytes(make_shard, events, monkeypatch):
    whole = make_shard(events)[0].read_bytes()
    monkeypatch.setattr(sorting, "BYTES_IN_MEMORY", 50000)
    monkeypatch.setattr("rapidmass.ntuples.access.chunks.ENTRIES_PER_CHUNK", 300)
    monkeypatch.setattr(
        shards,
        "iterate_chunks",
        lambda *file, piece, real=shards.iterate_chunks: real(*file, 300, piece),
    )
    path = make_shard(events, "b")[0]
    assert path.read_bytes() == whole
    assert not list(path.parent.glob(".sorting*"))


def test_no_selected_event_gives_a_valid_empty_shard_and_a_warning(make_shard, events, caplog):
    path, cutflow = make_shard(events, cuts=[Cut(name="none", require="n_ele > 100")])
    assert parquet.read_shard(path).num_rows == 0
    assert cutflow["raw"] == [N, 0]
    assert "no event of sample s passes" in caplog.text


def test_an_empty_tree_gives_a_valid_empty_shard(make_shard, events):
    path, cutflow = make_shard({name: column[:0] for name, column in events.items()})
    table = parquet.read_shard(path)
    assert table.num_rows == 0
    assert cutflow["raw"] == [0, 0]
    full, _ = make_shard(events, "b")
    assert table.schema.equals(parquet.read_shard(full).schema)


@pytest.mark.parametrize(("column", "value"), [("met", np.nan), ("met", -1.0), ("weight", np.inf)])
def test_bad_numbers_leave_no_output(make_shard, events, tmp_path, column, value):
    events[column][17] = value
    with pytest.raises(NtupleError, match=r"a\.root, entry 17 "):
        make_shard(events)
    assert [path.name for path in tmp_path.iterdir()] == ["a.root"]


def test_a_missing_object_of_the_layout_is_an_error(make_shard, events):
    with pytest.raises(ValueError, match="no object 'muo'"):
        make_shard(events, **show(Layout(types={"ele": 2, "muo": 2})))


def test_a_skim_without_events_becomes_an_empty_shard(make_shard, events, tmp_path):
    def write(settings):
        source = tmp_path / "skim.root"
        with uproot.recreate(source) as file:
            file["book"] = {"w": np.ones(3)}
        output, cutflow = tmp_path / "skim.parquet", tmp_path / "skim.json"
        sharder = shards.Sharder(
            Source(str(source)), sample="s", part="1", selection="x", is_data=False,
            settings=settings, cuts=CUTS, **show(LAYOUT), seed=1,
        )  # fmt: skip
        shards.write_shard(sharder, output, cutflow, {})
        return parquet.read_shard(output), json.loads(cutflow.read_text())

    table, cutflow = write(FORMAT.model_copy(update={"bookkeeping": ["book"]}))
    full, _ = make_shard(events)
    assert table.num_rows == 0
    assert table.schema.equals(parquet.read_shard(full).schema)
    assert cutflow["raw"] == [0, 0]
    with pytest.raises(NtupleError, match="0 trees called events"):
        write(FORMAT)
