"""Megasets: every event once, whatever the shards, with the share of every channel."""

import numpy as np
import pyarrow as pa
import pytest

from rapidmass.datasets.folds import find_folds
from rapidmass.datasets.megasets import BackgroundShard, write_megaset
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.sparse import SparseMatrices
from rapidmass.representations.tables import decode
from rapidmass.storage import parquet, sorting, tables
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.sorting import RepeatedEventError
from synthetic_megasets import tabulate

LAYOUT = Layout(types={"ele": 2})
N = 6000


def make_events(sample, first, size, layout=LAYOUT):
    """Matrices of events without objects; MET and weight are functions of the event number."""
    number = np.arange(first, first + size)
    met = (number % 97).astype(np.float32)
    matrices = SparseMatrices(
        layout, met, np.arange(size + 1), np.zeros((size, len(layout.types)), np.uint8)
    )
    return tabulate(
        matrices,
        {
            "key": make_event_keys(1, sample, np.zeros(size, int), number.astype(np.uint64)),
            "run": np.zeros(size, int),
            "event": number.astype(np.uint64),
            "generator_weight": 1.0 + number % 3,
            "scale_factor": np.full(size, 0.5),
            "met": met,
            "flavour": pa.array(["ee"] * size, type=pa.string()),
        },
    )


def write_shard(path, table):
    table = tables.sort_by_key(table)
    with parquet.ShardWriter(path, table.schema, {}) as writer:
        writer.write(table)
    return path


@pytest.fixture
def samples(tmp_path):
    """Two samples; `a` in one shard and again in three."""
    paths = {
        "a": write_shard(tmp_path / "a.parquet", make_events("a", 0, N)),
        "b": write_shard(tmp_path / "b.parquet", make_events("b", 0, N // 10)),
    }
    for part, (first, size) in enumerate(((0, 1000), (1000, 4500), (5500, 500))):
        paths[f"a{part}"] = write_shard(
            tmp_path / f"a{part}.parquet", make_events("a", first, size)
        )
    return paths


def make_shards(paths, names):
    channels = {"a": ("A", 2.0), "b": ("B", 100.0)}
    return [BackgroundShard(paths[n], n[0], *channels[n[0]]) for n in names]


def make_megasets(folder, members, number=5, test_fraction=0.2, **options):
    folder.mkdir()
    pairs = []
    for index in range(number):
        pair = folder / f"{index}.parquet", folder / f"test{index}.parquet"
        write_megaset(
            members, *pair, index=index, number=number, test_fraction=test_fraction,
            provenance={}, **options,
        )  # fmt: skip
        pairs.append(pair)
    return pairs


def test_every_event_is_somewhere_once_with_its_own_features_and_weight(samples, tmp_path):
    pairs = make_megasets(tmp_path / "m", make_shards(samples, ["a", "b"]))
    table = pa.concat_tables([parquet.read_shard(path) for pair in pairs for path in pair])
    assert table.num_rows == N + N // 10
    number_of = {}
    for sample, size in (("a", N), ("b", N // 10)):
        number = np.arange(size)
        keys = make_event_keys(1, sample, np.zeros(size, int), number.astype(np.uint64))
        number_of |= {int(k): (sample, n) for k, n in zip(keys, number, strict=True)}
    rmm = decode(table).fill()[:, 0]
    for row, cell in zip(table.drop_columns(["rmm"]).to_pylist(), rmm, strict=True):
        sample, number = number_of.pop(row["key"])
        factor = {"a": 2.0, "b": 100.0}[sample]
        assert row["sample"] == sample
        assert row["channel"] == sample.upper()
        assert row["weight"] == (1.0 + number % 3) * 0.5 * factor
        assert row["met"] == cell == number % 97
    assert not number_of


def test_with_folds_a_megaset_has_all_events_and_the_test_set_is_the_first_fold(samples, tmp_path):
    members = make_shards(samples, ["a", "b"])
    apart = make_megasets(tmp_path / "m", members)
    whole = make_megasets(tmp_path / "n", members, whole=True)
    for files, others in zip(apart, whole, strict=True):
        training, test = map(parquet.read_shard, files)
        everything, fold = map(parquet.read_shard, others)
        assert fold.equals(test)
        assert everything.equals(tables.sort_by_key(pa.concat_tables([training, test])))
        keys = everything["key"].to_numpy()
        assert np.array_equal(keys[find_folds(keys, 5) == 0], fold["key"].to_numpy())


def test_shards_can_be_cut_and_listed_in_any_way(samples, tmp_path):
    one = make_megasets(tmp_path / "m", make_shards(samples, ["a", "b"]))
    other = make_megasets(tmp_path / "n", make_shards(samples, ["b", "a2", "a0", "a1"]))
    for first, second in zip(one, other, strict=True):
        for a, b in zip(first, second, strict=True):
            assert a.read_bytes() == b.read_bytes()


def test_pieces_on_the_way_do_not_change_the_result(samples, tmp_path, monkeypatch):
    members = make_shards(samples, ["a", "b"])
    whole = make_megasets(tmp_path / "m", members)
    monkeypatch.setattr(sorting, "BYTES_IN_MEMORY", 10000)
    pieces = make_megasets(tmp_path / "n", members)
    for (a, _), (b, _) in zip(whole, pieces, strict=True):
        assert parquet.read_shard(a).equals(parquet.read_shard(b))


def test_the_number_of_megasets_does_not_move_the_test_set(samples, tmp_path):
    members = make_shards(samples, ["a", "b"])
    keys = []
    for number in (1, 4):
        pairs = make_megasets(tmp_path / str(number), members, number)
        tests = [parquet.read_shard(test)["key"].to_numpy() for _, test in pairs]
        keys.append(np.concatenate(tests))
    np.testing.assert_array_equal(*keys)
    assert len(keys[0]) == pytest.approx(0.2 * (N + N // 10), rel=0.1)


def test_rows_are_in_random_order(samples, tmp_path):
    ((megaset, _),) = make_megasets(tmp_path / "m", make_shards(samples, ["a", "b"]), 1)
    channel = np.array(parquet.read_shard(megaset)["channel"].to_pylist()) == "B"
    places = np.flatnonzero(channel)
    assert places.mean() == pytest.approx(len(channel) / 2, rel=0.1)


def test_an_empty_shard_is_no_obstacle(samples, tmp_path):
    empty = write_shard(tmp_path / "empty.parquet", make_events("b", 0, 0))
    members = [*make_shards(samples, ["a"]), BackgroundShard(empty, "b", "B", 1.0)]
    pairs = make_megasets(tmp_path / "m", members)
    rows = sum(parquet.read_shard(path).num_rows for pair in pairs for path in pair)
    assert rows == N


def test_shards_of_different_layouts_do_not_mix(samples, tmp_path):
    layout = Layout(types={"ele": 2}, convention="reference")
    other = write_shard(tmp_path / "other.parquet", make_events("b", 0, 10, layout))
    members = [*make_shards(samples, ["a"]), BackgroundShard(other, "b", "B", 1.0)]
    with pytest.raises(ValueError, match=r"other\.parquet has another representation"):
        make_megasets(tmp_path / "m", members)
    assert list((tmp_path / "m").iterdir()) == []


def test_an_event_in_two_shards_of_a_sample_is_refused(samples, tmp_path):
    samples["a9"] = write_shard(tmp_path / "a9.parquet", make_events("a", 990, 20))
    members = make_shards(samples, ["b", "a0", "a9"])
    with pytest.raises(
        RepeatedEventError, match=r"run 0, event 99\d is in .*/a0\.parquet and in .*/a9\.parquet"
    ):
        make_megasets(tmp_path / "m", members)
    # events of two samples may have the same numbers
    samples["b9"] = write_shard(tmp_path / "b9.parquet", make_events("b", 990, 20))
    make_megasets(tmp_path / "n", make_shards(samples, ["a0", "b9"]))
