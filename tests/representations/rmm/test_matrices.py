"""The matrix: closed-form values, an independent evaluation, and what must not change it."""

import math
from copy import deepcopy

import awkward as ak
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.matrices import build, build_sparse

TYPES = {"ljet": 3, "bjet": 2, "ele": 2, "muo": 2}
THESIS = Layout(types=TYPES)
REFERENCE = Layout(types=TYPES, convention="reference")

particles = st.tuples(
    st.floats(5, 2000), st.floats(-4, 4), st.floats(-math.pi, math.pi), st.floats(0, 200)
)
events = st.fixed_dictionaries({name: st.lists(particles, max_size=4) for name in TYPES})
mets = st.tuples(st.floats(0, 3000), st.floats(-math.pi, math.pi))
layouts = st.sampled_from([THESIS, REFERENCE])


def build_one(to_records, layout, event, met):
    records = to_records([event], layout.types)
    return build(layout, records, [met[0]], [met[1]])[0].astype(np.float64)


def in_reference_units(layout, matrix):
    """GeV cells as fractions of sqrt(s), where the precision is stated."""
    if layout.convention == "reference":
        return matrix
    scaled = matrix.copy()
    upper = np.triu_indices(layout.size, k=1)
    scaled[upper] /= layout.sqrt_s
    scaled[0, 0] /= layout.sqrt_s
    firsts = [layout.find_cell(f"eT_{name}0") for name in layout.types]
    scaled.flat[firsts] /= layout.sqrt_s
    return scaled


def assert_same(layout, a, b, tolerance=1e-6):
    """Within the tolerance, absolute below 1 and relative above (rapidity cells can be large)."""
    a, b = in_reference_units(layout, a), in_reference_units(layout, b)
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def test_closed_form_back_to_back_electron_and_muon(to_records):
    """Two massless leptons of 50 GeV, back to back, central: m = 100, all rapidities 0."""
    event = {name: [] for name in TYPES}
    event["ele"] = [(50.0, 0.0, 0.0, 0.0)]
    event["muo"] = [(50.0, 0.0, math.pi, 0.0)]
    matrix = build_one(to_records, THESIS, event, (30.0, 0.0)).ravel()
    expected = dict.fromkeys(THESIS.cell_names, 0.0)
    expected |= {"met": 30, "mT_ele0": 50, "mT_muo0": 50, "eT_ele0": 50, "eT_muo0": 50}
    expected["m_ele0_muo0"] = 100
    found = dict(zip(THESIS.cell_names, matrix, strict=True))
    assert found == pytest.approx(expected, rel=1e-7, abs=1e-12)


def test_closed_form_reference_cells(to_records):
    """mT of MET and a massless lepton: sqrt(2 pT MET (1 - cos dphi)); E_T/sqrt(s); imbalance."""
    event = {name: [] for name in TYPES}
    event["muo"] = [(60.0, 1.0, 0.5, 0.0), (20.0, -1.0, -2.0, 0.0)]
    matrix = build_one(to_records, REFERENCE, event, (40.0, 2.0)).ravel()
    found = dict(zip(REFERENCE.cell_names, matrix, strict=True))
    s = 13000.0
    assert found["met"] == pytest.approx(40 / s)
    assert found["mT_muo0"] == pytest.approx(
        math.sqrt(2 * 60 * 40 * (1 - math.cos(1.5))) / s, rel=1e-6
    )
    assert found["eT_muo0"] == pytest.approx(60 / s)
    assert found["deT_muo1"] == pytest.approx(0.5)
    assert found["hL_muo0"] == pytest.approx(0.15 * (math.cosh(1) - 1))
    assert found["h_muo0_muo1"] == pytest.approx(0.15 * (math.cosh(1) - 1))  # dy = 2, halved
    mass = math.sqrt(2 * 60 * 20 * (math.cosh(2) - math.cos(2.5)))
    assert found["m_muo0_muo1"] == pytest.approx(mass / s, rel=1e-6)


@settings(max_examples=150, deadline=None)
@given(layouts, events, mets)
def test_agrees_with_the_definition_of_each_cell(evaluate, to_records, layout, event, met):
    expected = evaluate(layout, event, *met)
    assert_same(layout, build_one(to_records, layout, event, met), expected)


@settings(max_examples=60, deadline=None)
@given(layouts, events, mets, st.floats(-math.pi, math.pi))
def test_rotation_about_the_beam_changes_nothing(to_records, layout, event, met, angle):
    turned = {n: [(pt, eta, phi + angle, m) for pt, eta, phi, m in o] for n, o in event.items()}
    before = build_one(to_records, layout, event, met)
    after = build_one(to_records, layout, turned, (met[0], met[1] + angle))
    assert_same(layout, before, after)


@settings(max_examples=60, deadline=None)
@given(layouts, events, mets, st.floats(-2, 2))
def test_boost_along_the_beam_moves_only_the_first_column(to_records, layout, event, met, rapidity):
    def boost(pt, eta, phi, mass):
        mt = math.hypot(pt, mass)
        y = math.asinh(pt * math.sinh(eta) / mt) + rapidity
        return pt, math.asinh(mt * math.sinh(y) / pt), phi, mass

    boosted = {name: [boost(*o) for o in members] for name, members in event.items()}
    before = build_one(to_records, layout, event, met)
    after = build_one(to_records, layout, boosted, met)
    keep = np.ones_like(before, dtype=bool)
    keep[1:, 0] = False
    if layout.convention == "reference":
        # E_T = E pT / p of a massive object is not invariant: its row and diagonal may move
        keep[0, 1:] = False
        keep[np.diag_indices(layout.size)] = False
    assert_same(layout, np.where(keep, before, 0), np.where(keep, after, 0), tolerance=2e-6)


@settings(max_examples=60, deadline=None)
@given(layouts, events, mets, st.randoms(use_true_random=False))
def test_order_of_objects_changes_nothing(to_records, layout, event, met, random):
    # equal pT have no order of their own
    unique = {n: list({o[0]: o for o in members}.values()) for n, members in event.items()}
    shuffled = deepcopy(unique)
    for members in shuffled.values():
        random.shuffle(members)
    before = build_one(to_records, layout, unique, met)
    np.testing.assert_array_equal(before, build_one(to_records, layout, shuffled, met))


@settings(max_examples=40, deadline=None)
@given(events, mets)
def test_reordering_types_moves_blocks(to_records, event, met):
    turned = Layout(types=dict(reversed(TYPES.items())), convention="reference")
    before = dict(
        zip(REFERENCE.cell_names, build_one(to_records, REFERENCE, event, met).ravel(), strict=True)
    )
    after = dict(
        zip(turned.cell_names, build_one(to_records, turned, event, met).ravel(), strict=True)
    )
    for name, value in after.items():
        kind, *slots = name.split("_")
        other = "_".join([kind, *reversed(slots)])
        assert value == pytest.approx(before[name if name in before else other], rel=1e-6, abs=1e-9)


def test_event_without_objects_has_only_met(to_records):
    event = {name: [] for name in TYPES}
    for layout in (THESIS, REFERENCE):
        matrix = build_one(to_records, layout, event, (100.0, 1.0))
        assert np.flatnonzero(matrix).tolist() == [0]


def test_objects_beyond_the_slots_are_dropped_by_pt(to_records):
    event = {name: [] for name in TYPES}
    event["ele"] = [(10.0, 0, 0, 0), (30.0, 0, 1, 0), (20.0, 0, 2, 0)]
    matrix = build_one(to_records, THESIS, event, (0.0, 0.0)).ravel()
    assert matrix[THESIS.find_cell("mT_ele0")] == 30
    assert matrix[THESIS.find_cell("mT_ele1")] == 20


def test_reference_row_is_empty_without_met(to_records):
    event = {name: [] for name in TYPES}
    event["muo"] = [(60.0, 1.0, 0.5, 5.0)]
    matrix = build_one(to_records, REFERENCE, event, (0.0, 2.0))
    assert not matrix[0].any()


def test_float32_input_is_evaluated_in_float64(evaluate, to_records):
    rng = np.random.default_rng(7)
    event = {
        name: [
            tuple(map(float, np.float32([p, e, f, m])))
            for p, e, f, m in zip(
                rng.uniform(5, 500, 3),
                rng.uniform(-4, 4, 3),
                rng.uniform(-3, 3, 3),
                rng.uniform(0, 20, 3),
                strict=True,
            )
        ]
        for name in TYPES
    }
    records = {
        name: ak.values_astype(value, np.float32)
        for name, value in to_records([event], TYPES).items()
    }
    found = build(REFERENCE, records, [50.0], [0.3])[0]
    expected = evaluate(REFERENCE, event, 50.0, 0.3)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=2.4e-7)


def test_large_rapidity_does_not_cancel(evaluate, to_records):
    event = {name: [] for name in TYPES}
    event["ljet"] = [(20.0, 9.0, 0.0, 0.0), (20.0, -9.0, 1.0, 0.0)]
    expected = evaluate(THESIS, event, 0.0, 0.0)
    assert_same(THESIS, build_one(to_records, THESIS, event, (0.0, 0.0)), expected)


@settings(max_examples=40, deadline=None)
@given(st.lists(events, min_size=1, max_size=4))
def test_absent_cells_follow_from_the_counts_alone(to_records, several):
    records = to_records(several, TYPES)
    n = len(several)
    sparse = build_sparse(THESIS, records, np.full(n, 5.0), np.zeros(n))
    dense = sparse.fill(padding=np.nan).reshape(n, THESIS.size, THESIS.size)
    for event, matrix, counts in zip(several, dense, sparse.counts, strict=True):
        assert counts.tolist() == [min(len(event[k]), slots) for k, slots in TYPES.items()]
        present = [True]
        for count, slots in zip(counts, TYPES.values(), strict=True):
            present += [rank < count for rank in range(slots)]
        np.testing.assert_array_equal(np.isfinite(matrix), np.outer(present, present))


def test_densify_scales_filled_cells_and_pads_the_others(to_records):
    event = {name: [] for name in TYPES}
    event["ele"] = [(50.0, 0.0, 0.0, 0.0)]
    sparse = build_sparse(THESIS, to_records([event], TYPES), [30.0], [0.0])
    scale = np.full(THESIS.n_cells, 2, np.float32)
    shift = np.full(THESIS.n_cells, 1, np.float32)
    dense = sparse.fill(padding=-7.0, scale=scale, shift=shift)[0]
    assert dense[THESIS.find_cell("met")] == 61
    assert dense[THESIS.find_cell("eT_ele0")] == 101
    assert dense[THESIS.find_cell("eT_muo0")] == -7


@pytest.mark.parametrize(
    ("particle", "word"),
    [
        ((float("nan"), 0, 0, 0), "pt of ele"),
        ((-5.0, 0, 0, 0), "pt of ele"),
        ((5.0, float("inf"), 0, 0), "eta of ele"),
        ((5.0, 0, float("nan"), 0), "phi of ele"),
        ((5.0, 0, 0, -1.0), "mass of ele"),
    ],
)
def test_impossible_kinematics_name_the_event(to_records, particle, word):
    empty = {name: [] for name in TYPES}
    bad = deepcopy(empty)
    bad["ele"] = [(20.0, 0, 0, 0), particle]
    records = to_records([empty, empty, bad], TYPES)
    with pytest.raises(ValueError, match=rf"{word} .* in event 2 "):
        build(THESIS, records, np.zeros(3), np.zeros(3))


def test_bad_met_names_the_event(to_records):
    empty = {name: [] for name in TYPES}
    records = to_records([empty, empty], TYPES)
    with pytest.raises(ValueError, match=r"met is nan in event 1"):
        build(THESIS, records, [1.0, float("nan")], [0.0, 0.0])


def test_missing_type_field_and_length_are_errors(to_records):
    records = to_records([{name: [] for name in TYPES}], TYPES)
    with pytest.raises(ValueError, match="'muo' are missing"):
        build(THESIS, {k: v for k, v in records.items() if k != "muo"}, [0.0], [0.0])
    with pytest.raises(ValueError, match=r"lack the fields \['mass'\]"):
        build(THESIS, {**records, "muo": records["muo"][["pt", "eta", "phi"]]}, [0.0], [0.0])
    with pytest.raises(ValueError, match="1 events of 'ljet' but 2 values of met"):
        build(THESIS, records, [0.0, 1.0], [0.0, 0.0])


@pytest.mark.parametrize(
    ("pt", "scale"), [(1e-310, 0.15), (1e-200, 0.15), (50.0, 1e308), (50.0, 1e39)]
)
def test_a_cell_that_would_not_be_finite_is_an_error(to_records, pt, scale):
    layout = Layout(types=TYPES, angular_scale=scale)
    events = [{name: [] for name in TYPES} for _ in range(3)]
    events[2]["ele"] = [(pt, 1.0, 0.0, 0.0)]
    with pytest.raises(ValueError, match=r"a cell of the matrix of event 2 is (nan|inf)"):
        build(layout, to_records(events, layout.types), np.zeros(3), np.zeros(3))
