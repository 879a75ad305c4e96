from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exported_networks import score_network
from rapidmass.representations.tables import decode
from rapidmass.scores.ordered import make_bare_events, open_ordered
from rapidmass.studies.event_displays.select import Group, choose_events, collect_displays
from synthetic_megasets import LAYOUT, make_events, write_events


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("displays")


@pytest.fixture(scope="module")
def groups(folder, model, network):
    test = [
        write_events(folder / f"test{k}.parquet", make_events(80, seed=k, sample=f"s{k}"))
        for k in range(2)
    ]
    signal = make_events(60, seed=9, hardness=4)
    for name in ("generator_weight", "scale_factor"):
        signal = signal.append_column(name, signal["weight"])
    signal = signal.drop_columns(["weight", "channel"])
    shards = [write_events(folder / "signal.parquet", signal)]
    return {
        name: Group(score_network(model, network, paths, folder / f"{name}.scores.parquet"), paths)
        for name, paths in (("background", test), ("SUSY", shards))
    }


def choose(key, score, weight, number, **size):
    events = make_bare_events(key, score, weight, {})
    with TemporaryDirectory() as folder, open_ordered(lambda: [events], folder, **size) as pieces:
        return choose_events(pieces, number)


def test_typical_and_most_anomalous_events_are_chosen_whatever_their_order():
    rng = np.random.default_rng(1)
    key = rng.permutation(101).astype(np.uint64)
    score = rng.permutation(101).astype(float)
    weight = np.where(score < 50, 1.0, -1.0)
    chosen = choose(key, score, weight, 2)
    assert [(c.kind, c.rank, c.score) for c in chosen] == [
        ("typical", 0, 50.0), ("anomalous", 0, 100.0), ("anomalous", 1, 99.0),
    ]  # fmt: skip
    assert [score[key == c.key][0] for c in chosen] == [50.0, 100.0, 99.0]
    order = rng.permutation(101)
    assert choose(key[order], score[order], weight[order], 2) == chosen
    assert choose(key, score, weight, 2, events_per_piece=10) == chosen


def test_of_equal_scores_the_lowest_keys_are_chosen_and_none_twice():
    chosen = choose(np.array([7, 3, 5], np.uint64), np.zeros(3), np.ones(3), 5)
    assert [c.key for c in chosen] == [3, 5, 7]
    assert choose(np.array([], np.uint64), np.zeros(0), np.zeros(0), 5) == []


def test_events_have_their_matrices_and_the_errors_that_their_score_is_made_of(model, groups):
    found = collect_displays(model, groups, 2, threads=1, folder=model.parent)
    assert [e["group"] for e in found["events"]] == ["background"] * 3 + ["SUSY"] * 3
    for event in found["events"]:
        tables = [pq.read_table(path) for path in groups[event["group"]].events]
        table = next(t for t in tables if event["key"] in t["key"].to_pylist())
        row = table["key"].to_pylist().index(event["key"])
        dense = decode(table.slice(row, 1)).fill(padding=np.nan)
        matrix = np.array(event["matrix"], dtype=float)
        np.testing.assert_array_equal(matrix.ravel(), dense[0])
        assert np.isnan(matrix).any()
        assert event["met"] == pytest.approx(table["met"][row].as_py())
        assert event["channel"] == (None if event["group"] == "SUSY" else "top")
        assert np.log10(sum(event["errors"])) == pytest.approx(event["score"], abs=1e-4)
    scores = pq.read_table(groups["SUSY"].scores)["score"].to_numpy()
    highest = [e["score"] for e in found["events"] if e["group"] == "SUSY"][1:]
    assert highest == np.sort(scores)[::-1][:2].tolist()


def test_an_event_that_is_in_no_file_is_named(model, groups):
    wrong = {"background": groups["background"]._replace(events=groups["SUSY"].events)}
    with pytest.raises(ValueError, match=r"event \d+ of .* is not in .*signal\.parquet"):
        collect_displays(model, wrong, 1, threads=1, folder=model.parent)


def test_matrices_of_another_layout_are_refused(model, groups, tmp_path):
    other = make_events(80, seed=0, sample="s0", layout=type(LAYOUT)(types={"ele": 2}))
    scored = pq.read_table(groups["background"].scores)
    chosen = scored.filter(pa.compute.is_in(scored["key"], other["key"]))
    pq.write_table(chosen, tmp_path / "scores.parquet")
    group = Group(tmp_path / "scores.parquet", [write_events(tmp_path / "o.parquet", other)])
    with pytest.raises(ValueError, match=r"o\.parquet holds events as"):
        collect_displays(model, {"background": group}, 1, threads=1, folder=model.parent)
