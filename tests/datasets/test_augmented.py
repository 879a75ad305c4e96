"""Augmented events: the events of the megasets, row by row."""

import numpy as np
import pytest

from rapidmass.config.models.augmentation import Augmentation
from rapidmass.datasets.augmented import write_augmented
from rapidmass.datasets.megasets import BackgroundShard, pair_shards, write_megaset
from rapidmass.datasets.shards import write_shard
from rapidmass.representations.tables import decode
from rapidmass.storage.parquet import read_shard
from synthetic_events import make_branches, make_sharder, write_ntuple

TEST = 0.3
KEPT = ["key", "sample", "channel", "weight", "flavour", "n_ele", "n_ljet"]


@pytest.fixture
def files(tmp_path):
    """Two samples in three files, with shards and copies."""
    sharders = {
        f"{sample}{part}": {"sample": sample, "part": str(part)}
        for sample, part in (("a", 0), ("a", 1), ("b", 0))
    }
    for k, (name, settings) in enumerate(sharders.items()):
        source = write_ntuple(tmp_path / f"{name}.root", make_branches(600, first=600 * k))
        folder = tmp_path / "shards"
        write_shard(make_sharder(source, **settings), folder / name, tmp_path / f"{name}.json", {})
        sharder = make_sharder(source, **settings)
        write_augmented(sharder, tmp_path / "augmented" / name, Augmentation(), {})
    return list(sharders)


def merge(folder, output, names, number):
    members = [("A", "a", 2), ("B", "b", 1)]
    shards = pair_shards(members, [folder / name for name in names], [2.0, 5.0])
    megasets = []
    for index in range(number):
        megasets.append(output / f"{index}.parquet")
        test = output / f"test{index}.parquet" if folder.name == "shards" else None
        write_megaset(
            shards,
            megasets[-1],
            test,
            index=index,
            number=number,
            test_fraction=TEST,
            provenance={},
        )
    return megasets


@pytest.mark.parametrize("number", [1, 4])
def test_copies_stand_beside_their_originals_in_each_megaset(files, tmp_path, number):
    originals = merge(tmp_path / "shards", tmp_path / "m", files, number)
    copies = merge(tmp_path / "augmented", tmp_path / "c", files, number)
    for original, copy in zip(originals, copies, strict=True):
        first, second = read_shard(original), read_shard(copy)
        assert first.num_rows > 100
        assert first.schema.equals(second.schema)
        for name in KEPT:
            assert first[name].equals(second[name]), name
        ratio = second["met"].to_numpy() / first["met"].to_numpy()
        assert ratio.min() >= 0.333
        assert ratio.max() <= 3.001
        assert np.log(ratio).std() == pytest.approx(np.log(3) / np.sqrt(3), rel=0.15)
        before, after = (decode(table).fill() for table in (first, second))
        assert (before != after).any(axis=1).all()
        np.testing.assert_array_equal(before[:, 0], first["met"])
        np.testing.assert_array_equal(after[:, 0], second["met"])
        assert (second["m_ll"].to_numpy() != first["m_ll"].to_numpy()).mean() > 0.99
    assert sorted(p.name for p in (tmp_path / "c").iterdir()) == [p.name for p in copies]


def test_shards_are_paired_with_their_samples_and_weights(tmp_path):
    paths = [tmp_path / name for name in "xyz"]
    assert pair_shards([["A", "a", 2], ["B", "b", 1]], paths, [2.0, 5.0]) == [
        BackgroundShard(paths[0], "a", "A", 2.0),
        BackgroundShard(paths[1], "a", "A", 2.0),
        BackgroundShard(paths[2], "b", "B", 5.0),
    ]


def test_an_empty_file_has_an_empty_copy(tmp_path, files):
    source = write_ntuple(tmp_path / "none.root", make_branches(0))
    write_augmented(make_sharder(source), tmp_path / "none.parquet", Augmentation(), {})
    table = read_shard(tmp_path / "none.parquet")
    assert table.num_rows == 0
    assert table.schema.equals(read_shard(tmp_path / "augmented" / files[0]).schema)
