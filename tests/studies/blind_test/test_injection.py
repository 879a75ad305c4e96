from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.representations.rmm.representation import read_layout
from rapidmass.representations.tables import decode
from rapidmass.storage.parquet import read_shard
from rapidmass.storage.tables import get_selection
from rapidmass.studies.blind_test.injection import Recipe, Sample, mix_events
from synthetic_megasets import make_events, write_events

RECIPE = Recipe(share=0.25, events=None, label="1")


def make_shard(sample, n, *, seed, weight=None, hardness=1.0):
    """Make rows as in a shard, sorted by key."""
    table = make_events(n, seed=seed, sample=sample, hardness=hardness)
    rng = np.random.default_rng(seed)
    columns = {
        "key": table["key"],
        "run": pa.array(np.full(n, seed, np.int32)),
        "event": pa.array(np.arange(n, dtype=np.uint64)),
        "generator_weight": pa.array(rng.normal(3.0, 2.0, n) if weight is None else weight),
        "scale_factor": pa.array(np.full(n, 0.9)),
    }
    for name in table.column_names:
        if name not in (*columns, "sample", "channel", "weight"):
            columns[name] = table[name]
    metadata = {**table.schema.metadata, b"rapidmass.selection": b"lep"}
    return pa.table(columns).replace_schema_metadata(metadata)


@pytest.fixture(scope="module")
def tables():
    ones = np.ones(400)
    return {
        "obs1": make_shard("obs1", 400, seed=1, weight=ones),
        "obs2": make_shard("obs2", 400, seed=2, weight=ones),
        "susy": make_shard("susy", 600, seed=3, hardness=3),
        "zprime": make_shard("zprime", 400, seed=4, hardness=5),
    }


def mix(tables, folder, recipe=RECIPE, *, pieces=1, backwards=False):
    """Mix tables that are written as shards, each in some pieces."""
    samples = {}
    for name, table in tables.items():
        edges = np.linspace(0, table.num_rows, pieces + 1).astype(int)
        paths = [
            write_events(folder / f"{name}-{k}.parquet", table.slice(start, stop - start))
            for k, (start, stop) in enumerate(pairwise(edges))
        ]
        samples[name] = Sample(name, paths[::-1] if backwards else paths)
    groups = [[samples["obs1"], samples["obs2"]], [samples["susy"], samples["zprime"]]]
    if backwards:
        groups = [group[::-1] for group in groups]
    paths = folder / "blind" / "events.parquet", folder / "blind" / "sealed" / "labels.parquet"
    mix_events(*groups, recipe, *paths, provenance={})
    return pq.read_table(paths[0]), pq.read_table(paths[1]), paths


@pytest.fixture(scope="module")
def mixed(tables, tmp_path_factory):
    return mix(tables, tmp_path_factory.mktemp("mixed"))


def count_labels(labels):
    names, counts = np.unique(labels["label"].to_pylist(), return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def test_as_many_come_as_leave(mixed):
    events, labels, _ = mixed
    counts = count_labels(labels)
    assert events.num_rows == labels.num_rows == 800
    assert counts["susy"] == counts["zprime"] == 100
    assert counts["obs1"] + counts["obs2"] == 600
    assert 250 < counts["obs1"] < 350  # chance decided which


def test_labels_say_what_each_event_is(tables, mixed):
    events, labels, _ = mixed
    assert events["key"].equals(labels["key"])
    found = {name: set() for name in tables}
    for met, name in zip(events["met"].to_pylist(), labels["label"].to_pylist(), strict=True):
        found[name].add(met)
    for name, table in tables.items():
        assert found[name] <= set(table["met"].to_pylist())
    assert sum(map(len, found.values())) == 800  # no event twice


def test_an_event_takes_its_matrix_along(tables, mixed):
    _, _, (path, _) = mixed
    events = read_shard(path)
    assert read_layout(events.schema) == read_layout(tables["susy"].schema)
    assert get_selection(events.schema) == "lep"
    whole = {
        met: row
        for table in tables.values()
        for met, row in zip(
            table["met"].to_pylist(), decode(table).fill(), strict=True
        )
    }  # fmt: skip
    for met, row in zip(events["met"].to_pylist(), decode(events).fill(), strict=True):
        np.testing.assert_array_equal(row, whole[met])


def test_nothing_tells_data_from_signal(tables, mixed):
    events, labels, _ = mixed
    own = {"run", "event", "generator_weight", "scale_factor"}
    own |= {"met_phi", "m_ll", "m_lll", "flavour"}  # which no score reads
    assert set(events.column_names) == set(tables["obs1"].column_names) - own
    keys = events["key"].to_numpy()
    assert np.all(np.diff(keys.astype(float)) > 0)  # their order is that of the new keys
    for table in tables.values():
        assert not np.isin(keys, table["key"].to_numpy()).any()
    signal = np.isin(labels["label"].to_pylist(), ["susy", "zprime"])
    # new keys of signals lie among the others: no half of the file has more of them than chance
    assert abs(signal[:400].sum() - 100) < 4 * np.sqrt(200 * 0.25)
    assert b"label" not in b"".join(v for v in (events.schema.metadata or {}).values())


@pytest.mark.parametrize(("pieces", "backwards"), [(1, True), (3, False), (4, True)])
def test_order_and_number_of_files_do_not_matter(tables, mixed, tmp_path, pieces, backwards):
    again = mix(tables, tmp_path, pieces=pieces, backwards=backwards)
    for first, second in zip(mixed[2], again[2], strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_another_label_gives_another_mixture(tables, mixed, tmp_path):
    events, labels, _ = mix(tables, tmp_path, replace(RECIPE, label="2"))
    assert not np.isin(events["key"].to_numpy(), mixed[0]["key"].to_numpy()).any()
    common = np.isin(events["met"].to_numpy(), mixed[0]["met"].to_numpy()).mean()
    assert 0.5 < common < 0.75  # 3/4 of 3/4 of the events, and some signal events
    assert count_labels(labels)["susy"] == 100


def test_signal_events_are_drawn_by_their_weights(tables, tmp_path):
    n = 4000
    weight = np.random.default_rng(9).choice([-1.0, 1.0, 4.0], n)
    samples = {**tables, "susy": make_shard("susy", n, seed=3, weight=weight)}
    _, labels, (path, _) = mix(samples, tmp_path, replace(RECIPE, events=700))
    mets = read_shard(path)["met"].to_numpy()[np.array(labels["label"].to_pylist()) == "susy"]
    drawn = np.isin(samples["susy"]["met"].to_numpy(), mets)
    assert drawn.sum() == 350
    assert not drawn[weight < 0].any()
    ratio = drawn[weight == 4].mean() / drawn[weight == 1].mean()
    assert 2.7 < ratio < 4.5  # without replacement a little less than 4


def test_a_remainder_goes_to_one_signal(tables, tmp_path):
    _, labels, _ = mix(tables, tmp_path, replace(RECIPE, events=3))
    counts = count_labels(labels)
    assert counts["susy"] + counts["zprime"] == 3
    assert {counts["susy"], counts["zprime"]} == {1, 2}


@pytest.mark.parametrize(
    ("events", "message"),
    [(800, "replaces 800 events of data, but 800 pass"), (799, "400 events of zprime, which has")],
)
def test_too_many_are_refused(tables, tmp_path, events, message):
    with pytest.raises(ValueError, match=message):
        mix(tables, tmp_path, replace(RECIPE, events=events))
    assert list((tmp_path / "blind").rglob("*.parquet")) == []


def test_an_event_that_is_there_twice_is_refused(tables, tmp_path):
    twice = {**tables, "obs2": tables["obs1"]}
    with pytest.raises(ValueError, match="hold an event twice"):
        mix(twice, tmp_path)


def test_a_sample_without_events_is_named(tables, tmp_path):
    with pytest.raises(ValueError, match="no event of sample susy passes"):
        mix({**tables, "susy": tables["susy"].slice(0, 0)}, tmp_path)
