import dataclasses
import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.config.models.training import ScalingSettings
from rapidmass.datasets.splits import select_part
from rapidmass.models.inputs.scaler import Scaler, take_logarithm
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.representations.base import select_elements
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.tables import decode
from synthetic_megasets import LAYOUT, MATRIX, make_events, mark, write_events

CELLS = select_elements(MATRIX)
FRACTION = 0.25
MINMAX = ScalingSettings(kind="minmax", clip=False)


def fit(paths, settings=MINMAX, fraction=FRACTION):
    return fit_scaler(paths, settings, validation_fraction=fraction)


def get_part(table, part):
    return table.filter(pa.array(select_part(table.column("key").to_numpy(), part, FRACTION)))


@pytest.fixture
def tables():
    return [make_events(3000, seed=seed, hardness=seed) for seed in (1, 2)]


@pytest.fixture
def megasets(tables, tmp_path):
    return [write_events(tmp_path / f"{i}.parquet", t, pieces=3) for i, t in enumerate(tables)]


def test_minmax_fills_the_unit_range_in_the_training_part(tables, megasets):
    scaler = fit(megasets)
    training = [decode(get_part(table, "training")) for table in tables]
    scaled = np.concatenate([scaler.transform(matrices, CELLS) for matrices in training])
    raw = np.concatenate([matrices.fill() for matrices in training])
    varies = raw.min(axis=0) < raw.max(axis=0)
    assert varies.sum() > 30
    np.testing.assert_allclose(scaled[:, varies].min(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(scaled[:, varies].max(axis=0), 1, atol=1e-6)
    low, high = raw.min(axis=0)[varies], raw.max(axis=0)[varies]
    expected = (raw[:, varies] - low) / (high - low)
    np.testing.assert_allclose(scaled[:, varies], expected, atol=1e-6)


def test_validation_events_change_nothing(tables, megasets, tmp_path):
    training = [
        write_events(tmp_path / f"t{i}.parquet", get_part(table, "training"))
        for i, table in enumerate(tables)
    ]
    assert fit(training).to_json() == fit(megasets).to_json()
    assert fit(training, fraction=0.0).to_json() == fit(megasets).to_json()
    assert fit(megasets, fraction=0.0).to_json() != fit(megasets).to_json()


def test_one_scaler_serves_all_megasets(megasets):
    """Fitting each megaset anew would give the same event other inputs in each of them."""
    both, first, second = fit(megasets), fit(megasets[:1]), fit(megasets[1:])
    met = LAYOUT.find_cell("met")
    assert both.scale[met] <= second.scale[met] < 0.5 * first.scale[met]
    assert both.sums.n_events == first.sums.n_events + second.sums.n_events


@pytest.mark.parametrize("kind", ["minmax", "max", "standard"])
def test_absent_cells_count_as_raw_zero(megasets, kind):
    scaler = fit(megasets, ScalingSettings(kind=kind, clip=False))
    empty = decode(make_events(400))
    no_object = np.flatnonzero(empty.counts.sum(axis=1) == 0)[0]
    row = scaler.transform(empty, CELLS)[no_object]
    assert np.array_equal(scaler.padding, scaler.shift)
    assert np.array_equal(row[1:], scaler.padding[1:])


@pytest.mark.parametrize("kind", ["minmax", "max", "standard"])
def test_cells_that_never_vary_become_zero(tmp_path, kind):
    layout = Layout(types={"ele": 3, "muo": 1})
    wide = make_events(500, layout=layout)
    few = wide.filter(pa.array(np.asarray(decode(wide).counts[:, 0] < 2)))
    scaler = fit(
        [write_events(tmp_path / "a.parquet", few)], ScalingSettings(kind=kind, clip=False)
    )
    cell = layout.find_cell("m_ele0_ele1")
    assert scaler.scale[cell] == scaler.shift[cell] == 0
    assert (scaler.transform(decode(wide), np.array([cell])) == 0).all()


def test_standard_scaling_has_mean_zero_and_variance_one(tmp_path):
    table = make_events(2000, weight=lambda rng, n: rng.normal(1, 1, n))
    settings = ScalingSettings(kind="standard", clip=False)
    scaler = fit([write_events(tmp_path / "a.parquet", table)], settings, 0.0)
    x = scaler.transform(decode(table), CELLS).astype(float)
    weight = np.abs(table.column("weight").to_numpy())
    mean = np.average(x, axis=0, weights=weight)
    np.testing.assert_allclose(mean, 0, atol=1e-5)
    np.testing.assert_allclose(np.average(x**2, axis=0, weights=weight), 1, atol=1e-4)


@pytest.mark.parametrize(("kind", "low"), [("minmax", 0), ("max", -1)])
def test_clipping_keeps_hard_events_in_range(megasets, kind, low):
    hard = decode(make_events(1000, seed=3, hardness=50))
    for clip in (True, False):
        x = fit(megasets, ScalingSettings(kind=kind, clip=clip)).transform(hard, CELLS)
        assert (x.max() <= 1) == clip
        assert x.max() >= 1
        assert x.min() >= low


def test_some_cells_are_columns_of_all(tables, megasets):
    scaler = fit(megasets, ScalingSettings())
    matrices = decode(tables[0])
    cells = select_elements(MATRIX, ["m_*"])
    assert np.array_equal(
        scaler.transform(matrices, cells), scaler.transform(matrices, CELLS)[:, cells]
    )


def scale_step_by_step(scaler, matrices, cells):
    """One operation after the other, on dense matrices."""
    values = take_logarithm(matrices.values) if scaler.is_logarithmic else matrices.values
    raw = dataclasses.replace(matrices, values=values).fill(padding=np.nan)
    x = np.where(np.isnan(raw), scaler.padding, raw * scaler.scale + scaler.shift)[:, cells]
    return x if scaler.bounds is None else np.clip(x, *scaler.bounds), np.isfinite(raw)[:, cells]


@pytest.mark.parametrize(
    "settings",
    [ScalingSettings(kind=k, clip=c) for k in ("minmax", "max") for c in (True, False)]
    + [
        ScalingSettings(kind=k, clip=False)
        for k in ("standard", "present_standard", "log_standard")
    ],
)
@pytest.mark.parametrize("exclude", [[], ["m_*"], ["met", "h_*"]])
def test_one_pass_gives_the_bits_of_many(megasets, settings, exclude):
    scaler, cells = fit(megasets, settings), select_elements(MATRIX, exclude)
    hard = decode(make_events(777, seed=3, hardness=50))
    rows = np.random.default_rng(1).permutation(777)
    x = np.full((777, len(cells)), np.nan, np.float32)
    present = np.full_like(x, np.nan)
    scaler.fill(scaler.prepare(hard).take(rows), cells, x, present)
    expected, filled = scale_step_by_step(scaler, hard, cells)
    assert expected.dtype == np.float32
    assert x.tobytes() == expected[rows].tobytes()
    assert np.array_equal(present, filled[rows])
    assert x.tobytes() == scaler.transform(hard.take(rows), cells).tobytes()
    assert np.array_equal(present, mark(hard.take(rows), cells))


@pytest.mark.parametrize("kind", ["minmax", "max", "standard"])
def test_a_scaler_survives_json_bit_for_bit(megasets, kind):
    scaler = fit(megasets, ScalingSettings(kind=kind, clip=False))
    copy = Scaler.from_json(json.loads(json.dumps(scaler.to_json())))
    assert np.array_equal(copy.scale.view(np.uint32), scaler.scale.view(np.uint32))
    assert np.array_equal(copy.shift.view(np.uint32), scaler.shift.view(np.uint32))
    assert copy.to_json() == scaler.to_json()


def select(table, selection):
    return table.replace_schema_metadata(
        {**table.schema.metadata, b"rapidmass.selection": selection.encode()}
    )


def test_a_scaler_belongs_to_one_selection(tables, megasets, tmp_path):
    a, b = (
        write_events(tmp_path / f"{name}.parquet", select(table, name))
        for name, table in zip(("2lep", "3lep"), tables, strict=True)
    )
    assert fit([a]).selection == "2lep"
    assert Scaler.from_json(fit([b]).to_json()).selection == "3lep"
    assert fit(megasets).selection is None
    with pytest.raises(ValueError, match=r"3lep\.parquet holds events of the selection 3lep"):
        fit([a, b])


def test_broken_scalers_are_refused(megasets):
    content = fit(megasets).to_json()
    with pytest.raises(ValueError, match="fit it anew"):
        Scaler.from_json({**content, "scale": content["scale"][:-1]})
    with pytest.raises(ValueError, match="fit it anew"):
        Scaler.from_json({k: v for k, v in content.items() if k != "shift"})


def mix_channels(n):
    """Events of three channels with negative weights; those of one add up to less than 0."""
    table = make_events(n, weight=lambda rng, n: rng.normal(1, 1, n))
    channels = np.array(["Z", "top", "W"] * n)[:n]
    weight = table.column("weight").to_numpy() - 2 * (channels == "W")
    for name, column in (("channel", pa.array(channels)), ("weight", pa.array(weight))):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(name), column)
    return table, channels, weight


def test_weights_are_summed_by_channel_and_sign(tmp_path):
    table, channels, weight = mix_channels(1000)
    scaler = fit([write_events(tmp_path / "a.parquet", table, pieces=4)], fraction=0.0)
    assert scaler.sums.n_events == 1000
    assert scaler.sums.n_negative == (weight < 0).sum()
    assert list(scaler.sums.channels) == ["W", "Z", "top"]
    for name, sums in scaler.sums.channels.items():
        mine = weight[channels == name]
        assert sums.positive == pytest.approx(mine[mine > 0].sum(), rel=1e-12)
        assert sums.negative == pytest.approx(mine[mine < 0].sum(), rel=1e-12)
        assert sums.total == pytest.approx(mine.sum(), rel=1e-9)
        assert sums.rescaling == pytest.approx(max(mine.sum(), 0) / np.abs(mine).sum(), rel=1e-9)


def test_means_and_variances_keep_the_shares_of_channels(tmp_path):
    """By hand: absolute weights, times the factor of the channel."""
    table, channels, weight = mix_channels(2000)
    path = write_events(tmp_path / "a.parquet", table, pieces=3)
    scaler = fit([path], ScalingSettings(kind="standard", clip=False), fraction=0.0)
    assert scaler.sums.channels["W"].rescaling == 0
    factors = np.array([scaler.sums.channels[name].rescaling for name in channels])
    raw = decode(table).fill().astype(np.float64)
    mean = np.average(raw, axis=0, weights=np.abs(weight) * factors)
    variance = np.average((raw - mean) ** 2, axis=0, weights=np.abs(weight) * factors)
    varies = scaler.scale > 0
    assert varies.sum() > 20
    np.testing.assert_allclose(scaler.scale[varies], 1 / np.sqrt(variance[varies]), rtol=1e-4)
    expected = -mean[varies] / np.sqrt(variance[varies])
    np.testing.assert_allclose(scaler.shift[varies], expected, rtol=1e-4, atol=1e-6)


def test_nothing_to_fit_is_an_error(tmp_path):
    empty = write_events(tmp_path / "empty.parquet", make_events(0))
    with pytest.raises(ValueError, match=r"no event in the training part of .*empty\.parquet"):
        fit([empty])
    with pytest.raises(ValueError, match="no megaset"):
        fit([])


def test_empty_megasets_do_no_harm(megasets, tmp_path):
    empty = write_events(tmp_path / "empty.parquet", make_events(0))
    assert fit([empty, *megasets]).to_json() == fit(megasets).to_json()


def test_other_layouts_are_refused(megasets, tmp_path):
    other = make_events(10, layout=Layout(types={"ele": 2}))
    with pytest.raises(ValueError, match=r"other\.parquet holds events as"):
        fit([*megasets, write_events(tmp_path / "other.parquet", other)])


def test_bad_numbers_name_file_and_event(tmp_path):
    table = make_events(10)
    key = table.column("key")[4].as_py()
    weight = table.column("weight").to_numpy().copy()
    weight[4] = np.nan
    broken = table.set_column(table.schema.get_field_index("weight"), "weight", pa.array(weight))
    with pytest.raises(ValueError, match=rf"w\.parquet: the weight of event {key} is nan"):
        fit([write_events(tmp_path / "w.parquet", broken)], fraction=0.0)
    lists = table.column("rmm").combine_chunks()
    values = lists.flatten().to_numpy().copy()
    values[lists.offsets[4].as_py()] = np.inf
    cells = pa.ListArray.from_arrays(lists.offsets, pa.array(values), type=lists.type)
    broken = table.set_column(table.schema.get_field_index("rmm"), table.schema.field("rmm"), cells)
    with pytest.raises(ValueError, match=rf"c\.parquet: an element of event {key} is inf"):
        fit([write_events(tmp_path / "c.parquet", broken)], fraction=0.0)


def test_logarithms_have_mean_0_and_variance_1_where_cells_are_present(tmp_path):
    """The thesis's zeros of absent cells take no part."""
    table = make_events(3000)
    path = write_events(tmp_path / "m.parquet", table)
    settings = ScalingSettings(kind="log_standard", clip=False)
    scaler = fit_scaler([path], settings, validation_fraction=0)
    cells = select_elements(MATRIX)
    matrices = decode(table)
    x, present = scaler.transform(matrices, cells), mark(matrices, cells)
    weight = table.column("weight").to_numpy()[:, None] * present
    mean = (weight * x).sum(axis=0) / weight.sum(axis=0)
    variance = (weight * x**2).sum(axis=0) / weight.sum(axis=0)
    varies = scaler.scale > 0
    assert varies.sum() > 20
    np.testing.assert_allclose(mean[varies], 0, atol=1e-4)
    assert (variance[varies] < 1.001).all()  # less where the smallest deviation holds
    np.testing.assert_allclose(np.median(variance[varies]), 1, atol=1e-3)
    assert (x[present == 0] == 0).all()
    assert np.array_equal(present > 0, np.isfinite(matrices.fill(padding=np.nan)))


@given(st.floats(-1, 1, width=32))
def test_the_logarithm_keeps_0_signs_and_order(value):
    found = take_logarithm(np.array([value, value + np.float32(0.01), 0], np.float32))
    assert np.sign(found[0]) == np.sign(value)
    assert found[1] > found[0]
    assert found[2] == 0
