import threading
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.config.models.training import ScalingSettings
from rapidmass.datasets.splits import select_part
from rapidmass.models.inputs.ahead import run_ahead
from rapidmass.models.inputs.buffers import ALIGNMENT
from rapidmass.models.inputs.event_weights import get_mean_weight, treat_weights
from rapidmass.models.inputs.loader import Recipe, iterate_batches
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.representations.base import select_elements
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.tables import decode
from synthetic_megasets import MATRIX, make_events, write_events

CELLS = select_elements(MATRIX)
FRACTION = 0.3
N = 2000


def mix_signs(rng, n):
    return rng.normal(1, 1, n)


def set_channels(table, names):
    place = table.schema.get_field_index("channel")
    channels = pa.array((names * len(table))[: len(table)], pa.string())
    return table.set_column(place, table.schema.field("channel"), channels)


@pytest.fixture(scope="module")
def table():
    return set_channels(make_events(N, weight=mix_signs), ["top", "Z", "Z"])


@pytest.fixture(scope="module")
def megaset(table, tmp_path_factory):
    return write_events(tmp_path_factory.mktemp("loader") / "m.parquet", table, pieces=5)


@pytest.fixture(scope="module")
def scaler(megaset):
    return fit_scaler([megaset], ScalingSettings(), validation_fraction=FRACTION)


def load(
    path, scaler, *, policy="keep", cells=CELLS, excluded_channel=None, presence=False, **changes
):
    recipe = Recipe(scaler, cells, FRACTION, policy, excluded_channel, presence)
    arguments = {"part": "training", "batch_size": 256, "shuffle_seed": 1}
    return iterate_batches(path, recipe, **{**arguments, **changes})


def join(batches):
    batches = list(batches)
    return np.concatenate([b.x for b in batches]), np.concatenate([b.weight for b in batches])


def sort_rows(x, weight):
    order = np.argsort(weight, kind="stable")
    return x[order], weight[order]


def select(table, part):
    return table.filter(pa.array(select_part(table.column("key").to_numpy(), part, FRACTION)))


@settings(deadline=None, max_examples=25)
@given(
    batch_size=st.integers(1, N),
    seed=st.none() | st.integers(0, 2**31),
    part=st.sampled_from(["training", "validation"]),
)
def test_every_event_of_a_part_comes_once_with_its_own_weight(
    table, megaset, scaler, batch_size, seed, part
):
    """Weights are all different, so they tell which event a row is."""
    batches = list(load(megaset, scaler, part=part, batch_size=batch_size, shuffle_seed=seed))
    assert {len(b.x) for b in batches[:-1]} <= {batch_size}
    expected = select(table, part)
    unit = get_mean_weight(scaler.sums, "keep")
    x, weight = sort_rows(*join(batches))
    x0, weight0 = sort_rows(
        scaler.transform(decode(expected), CELLS),
        (expected.column("weight").to_numpy() / unit).astype(np.float32),
    )
    np.testing.assert_allclose(weight, weight0, rtol=1e-6)
    assert np.array_equal(x, x0)


def test_the_seed_decides_the_order(megaset, scaler):
    once, again, other, unmoved = (
        join(load(megaset, scaler, shuffle_seed=seed))[1] for seed in (1, 1, 2, None)
    )
    assert np.array_equal(once, again)
    for a, b in ((once, other), (once, unmoved)):
        assert not np.array_equal(a, b)
        assert np.array_equal(np.sort(a), np.sort(b))
    assert abs(np.corrcoef(once, other)[0, 1]) < 0.15


def test_row_groups_are_permuted_too(megaset, scaler):
    """The first 100 events are of one row group, and of which one the seed decides."""
    in_file = join(load(megaset, scaler, shuffle_seed=None))[1]
    place = {weight: index for index, weight in enumerate(in_file)}
    groups = set()
    for seed in range(5):
        first = join(load(megaset, scaler, shuffle_seed=seed))[1][:100]
        places = [place[weight] for weight in first]
        assert max(places) - min(places) < len(in_file) / 4
        groups.add(round(np.mean(places) / len(in_file) * 5 - 0.5))
    assert len(groups) > 1


POLICIES = ["keep", "absolute_rescaled", "drop"]


@pytest.mark.parametrize("policy", POLICIES)
def test_weights_have_mean_one_over_the_training_part(table, megaset, scaler, policy):
    x, weight = join(load(megaset, scaler, policy=policy))
    assert weight.mean(dtype=float) == pytest.approx(1, abs=1e-5)
    raw = select(table, "training").column("weight").to_numpy()
    assert (raw < 0).sum() > 100
    assert (weight < 0).any() == (policy == "keep")
    assert len(x) == len(weight) == ((raw >= 0).sum() if policy == "drop" else len(raw))


@pytest.mark.parametrize("part", ["training", "validation"])
@pytest.mark.parametrize("policy", POLICIES)
def test_both_parts_are_treated_alike(table, megaset, scaler, part, policy):
    """The factors of channels are those of the training part."""
    kept, treated = treat_weights(table, scaler.sums, policy)
    chosen = kept & select_part(table.column("key").to_numpy(), part, FRACTION)
    expected = treated[chosen] / get_mean_weight(scaler.sums, policy)
    found = join(load(megaset, scaler, policy=policy, part=part))[1]
    np.testing.assert_allclose(np.sort(found), np.sort(expected), rtol=1e-6)
    shares = {name: sums.total for name, sums in scaler.sums.channels.items()}
    if (part, policy) == ("training", "absolute_rescaled"):
        channels = table.column("channel").to_numpy(zero_copy_only=False)
        for name, total in shares.items():
            mine = treated[chosen & (channels == name)]
            assert mine.sum() == pytest.approx(total, rel=1e-9)


def test_weights_that_cancel_are_an_error(tmp_path):
    path = write_events(
        tmp_path / "m.parquet", make_events(50, weight=lambda rng, n: -rng.random(n))
    )
    scaler = fit_scaler([path], ScalingSettings(), validation_fraction=0)
    for policy in POLICIES:
        with pytest.raises(ValueError, match=f"negative_weights: {policy}; it must be positive"):
            next(load(path, scaler, policy=policy))


def test_excluded_features_are_left_out(megaset, scaler):
    cells = select_elements(MATRIX, ["m_*", "met"])
    some = load(megaset, scaler, cells=cells, batch_size=300)
    assert np.array_equal(join(some)[0], join(load(megaset, scaler))[0][:, cells])


def test_hard_events_stay_in_the_unit_range(scaler, tmp_path):
    path = write_events(tmp_path / "hard.parquet", make_events(500, seed=9, hardness=40))
    x, _ = join(load(path, scaler))
    assert x.min() >= 0
    assert x.max() == 1
    assert (x == 1).mean() > 0.05


@settings(deadline=None, max_examples=25)
@given(
    batch_size=st.integers(10, N),
    first=st.integers(0, 20),
    seed=st.none() | st.integers(0, 2**31),
    part=st.sampled_from(["training", "validation"]),
    policy=st.sampled_from(POLICIES),
)
def test_a_later_start_gives_the_same_batches(
    megaset, scaler, batch_size, first, seed, part, policy
):
    changes = {
        "batch_size": batch_size, "shuffle_seed": seed, "part": part, "policy": policy
    }  # fmt: skip
    expected = list(load(megaset, scaler, **changes))[first:]
    found = list(load(megaset, scaler, first=first, **changes))
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert a.x.tobytes() == b.x.tobytes()
        assert a.weight.tobytes() == b.weight.tobytes()


def test_a_later_start_reads_no_matrix_before_it(megaset, scaler, tmp_path):
    """Matrices of the first row group are destroyed: who does not read them does not notice."""
    group = pq.read_metadata(megaset).row_group(0)
    content = bytearray(megaset.read_bytes())
    for column in map(group.column, range(group.num_columns)):
        if column.path_in_schema.startswith("rmm"):
            start = column.dictionary_page_offset or column.data_page_offset
            stop = start + column.total_compressed_size
            content[start:stop] = bytes(stop - start)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(content)
    changes = {"shuffle_seed": None, "batch_size": 50}
    with pytest.raises((OSError, ValueError)):
        list(load(broken, scaler, **changes))
    first = -(-len(select(pq.read_table(megaset).slice(0, group.num_rows), "training")) // 50)
    found = join(load(broken, scaler, first=first, **changes))
    expected = join(list(load(megaset, scaler, **changes))[first:])
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])


def test_batches_are_aligned_and_separate(megaset, scaler):
    batches = list(load(megaset, scaler, batch_size=100))
    assert {b.x.ctypes.data % ALIGNMENT for b in batches} == {0}
    assert not any(np.shares_memory(a.x, b.x) for a, b in pairwise(batches))


def test_batches_that_are_kept_are_not_written_again(megaset, scaler):
    kept, seen = [], []
    for batch in load(megaset, scaler, batch_size=50, presence=True):
        kept.append(batch)
        seen.append([part.copy() for part in batch[:3]])
    assert len(kept) > 20
    for batch, parts in zip(kept, seen, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(batch[:3], parts, strict=True))


def test_memory_of_batches_is_used_again(megaset, scaler):
    places = [batch.x.ctypes.data for batch in load(megaset, scaler, batch_size=50)]
    assert len(places) > 20
    assert len(set(places)) < 6


def test_equal_keys_keep_their_order(table, scaler, tmp_path):
    """They are drawn the same number, so nothing says in which order they come."""
    few = select(table, "training")
    keys = pa.array(np.repeat(few.column("key").to_numpy()[:1], len(few)))
    same = few.set_column(few.schema.get_field_index("key"), few.schema.field("key"), keys)
    path = write_events(tmp_path / "same.parquet", same)
    _, weight = join(load(path, scaler))
    expected = few.column("weight").to_numpy() / get_mean_weight(scaler.sums, "keep")
    np.testing.assert_allclose(weight, expected, rtol=1e-6)


def test_logarithms_are_those_of_the_scaler(table, megaset):
    settings = ScalingSettings(kind="log_standard", clip=False)
    scaler = fit_scaler([megaset], settings, validation_fraction=FRACTION)
    chosen = select(table, "training")
    for cells in (CELLS, select_elements(MATRIX, ["m_*"])):
        expected = scaler.transform(decode(chosen), cells)
        found = join(load(megaset, scaler, cells=cells, batch_size=70))
        order = chosen.column("weight").to_numpy()
        assert np.array_equal(sort_rows(*found)[0], sort_rows(expected, order)[0])


def test_an_empty_megaset_gives_no_batch(scaler, tmp_path):
    assert list(load(write_events(tmp_path / "e.parquet", make_events(0)), scaler)) == []


def count_loaders():
    return sum(thread.name.startswith("loader") for thread in threading.enumerate())


def test_no_thread_outlives_its_reader(megaset, scaler):
    batches = run_ahead(load(megaset, scaler, batch_size=10))
    next(batches)
    assert count_loaders() == 1
    batches.close()
    assert count_loaders() == 0
    assert len(list(run_ahead(load(megaset, scaler)))) == len(list(load(megaset, scaler)))
    assert count_loaders() == 0


def test_errors_in_the_thread_reach_the_reader(megaset, scaler, tmp_path):
    broken = tmp_path / "broken.parquet"
    content = bytearray(megaset.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(4000)
    broken.write_bytes(content)
    with pytest.raises((OSError, ValueError)):
        list(run_ahead(load(broken, scaler)))
    assert count_loaders() == 0
    other = write_events(tmp_path / "o.parquet", make_events(9, layout=Layout(types={"ele": 1})))
    with pytest.raises(ValueError, match=r"o\.parquet holds events as"):
        list(load(other, scaler))
    broken.write_bytes(content[:middle])
    with pytest.raises(ValueError, match=r"broken\.parquet is damaged"):
        list(load(broken, scaler))


@pytest.mark.parametrize("batch_size", [77, N])
def test_presence_comes_with_the_cells(table, megaset, scaler, batch_size):
    cells = select_elements(MATRIX, ["m_*"])
    batches = list(load(megaset, scaler, cells=cells, presence=True, batch_size=batch_size))
    filled = np.concatenate([batch.mask for batch in batches])
    _, weight = join(batches)
    chosen = select(table, "training")
    dense = decode(chosen).fill(padding=np.nan)[:, cells]
    expected = sort_rows(np.isfinite(dense), chosen.column("weight").to_numpy())[0]
    assert np.array_equal(sort_rows(filled, weight)[0], expected)
    assert all(batch.x.shape == batch.mask.shape for batch in batches)
    assert next(load(megaset, scaler)).mask is None


def test_copies_come_with_their_events(table, megaset, scaler, tmp_path):
    """Here the copies are the same events with doubled cells."""
    doubled = pa.ListArray.from_arrays(
        table.column("rmm").combine_chunks().offsets,
        pa.array(table.column("rmm").combine_chunks().values.to_numpy() * np.float32(2)),
        type=table.schema.field("rmm").type,
    )
    place = table.schema.get_field_index("rmm")
    augmented = write_events(
        tmp_path / "c.parquet",
        table.set_column(place, table.schema.field("rmm"), doubled),
        pieces=5,
    )
    alone = list(load(augmented, scaler))
    both = list(load(megaset, scaler, augmented=augmented))
    assert len(alone) == len(both)
    for one, two in zip(alone, both, strict=True):
        assert np.array_equal(one.x, two.augmented)
        assert np.array_equal(one.weight, two.weight)
        assert not np.array_equal(two.x, two.augmented)


def test_copies_of_other_events_are_refused(megaset, scaler, tmp_path):
    other = write_events(tmp_path / "o.parquet", make_events(N, seed=8), pieces=5)
    with pytest.raises(ValueError, match="hold other events"):
        next(load(megaset, scaler, augmented=other))


@pytest.mark.parametrize("first", [0, 2])
def test_a_channel_can_be_left_out(table, scaler, tmp_path, first):
    path = write_events(tmp_path / "m.parquet", table, pieces=5)
    x, weight = join(load(path, scaler, excluded_channel="Z", batch_size=100, first=first))
    chosen = select(table, "training")
    kept = chosen.filter(pc.equal(chosen.column("channel"), "top"))
    assert len(x) == len(kept) - 100 * first
    unit = get_mean_weight(scaler.sums, "keep")
    known = (kept.column("weight").to_numpy() / unit).astype(np.float32)
    assert set(weight.round(4)) <= set(known.round(4))
