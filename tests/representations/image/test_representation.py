"""Images of jets: what pixels hold, and what preparation leaves as it is."""

import math
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.columnar.four_vectors import FourVectors
from rapidmass.representations.image.layout import ImageLayout
from rapidmass.representations.image.masses import measure_mass
from rapidmass.representations.registry import make_representation

PLAIN = {"centre": "hardest", "rotate": False, "flip": False}


class Jets(SimpleNamespace):
    def __len__(self):
        return len(next(iter(self.objects.values())))


def make_jets(jets, name="all"):
    """Jets as lists of (pt, eta, phi)."""
    offsets = np.concatenate(([0], np.cumsum([len(jet) for jet in jets]))).astype(np.int64)
    flat = np.array([c for jet in jets for c in jet], np.float64).reshape(-1, 3)
    return Jets(objects={name: FourVectors(offsets, *flat.T, np.zeros(len(flat)))})


def make_image(**changes):
    description = {"kind": "image", "channels": [["all", ["all"]]], **changes}
    return make_representation(description)


def show(jets, **changes):
    """Dense images of shape (jets, rows, columns), and shares outside."""
    image = make_image(**changes)
    table = pa.table(image.encode(make_jets(jets), {}))
    x = image.decode(table).fill()
    return x.reshape(len(jets), *image.shape)[:, 0], table["image_outside"].to_numpy()


constituents = st.lists(
    st.tuples(st.floats(0.5, 200), st.floats(-0.9, 0.9), st.floats(-0.9, 0.9)),
    min_size=1,
    max_size=40,
)


@given(constituents)
@settings(max_examples=60, deadline=None)
def test_pixels_add_up_to_the_momentum_inside(jet):
    x, outside = show([jet], pixels=16, width=0.8)
    total = sum(c[0] for c in jet)
    assert x.sum(dtype=np.float64) + outside[0] * total == pytest.approx(total, rel=1e-6)
    assert 0 <= outside[0] <= 1


@given(constituents, st.floats(-20, 20), st.sampled_from(["axis", "centroid", "hardest"]))
@settings(max_examples=60, deadline=None)
def test_the_seam_of_the_azimuth_is_nowhere(jet, angle, centre):
    """A jet is turned about the beam, across the seam at pi; nearly all momentum stays put."""
    turned = [(pt, eta, math.remainder(phi + angle, 2 * math.pi)) for pt, eta, phi in jet]
    changes = {"rotate": False, "flip": False, "centre": centre, "pixels": 1, "width": 6.0}
    before, after = show([jet], **changes), show([turned], **changes)
    np.testing.assert_allclose(before[0], after[0], rtol=1e-5)
    assert before[1] == after[1] == 0


def test_a_jet_on_the_seam_is_one():
    jet = [(100, 0, math.pi - 0.1), (50, 0, -math.pi + 0.1)]
    x, outside = show([jet], **PLAIN)
    assert outside[0] == 0
    rows, columns = np.nonzero(x[0])
    assert columns.tolist() == [12, 12]
    assert rows.tolist() == [12, 14]
    assert x[0][12, 12] == 100


def turn_jet(jet, angle, sign):
    """Turn, and perhaps mirror, positions about the mean."""
    pt, eta, phi = np.array(jet).T
    x, y = eta - np.average(eta, weights=pt), phi - np.average(phi, weights=pt)
    c, s = math.cos(angle), math.sin(angle)
    return list(zip(pt, sign * (c * x - s * y), s * x + c * y, strict=True))


@given(st.floats(-3, 3), st.sampled_from([-1, 1]), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_turned_and_mirrored_jets_have_one_image(angle, sign, seed):
    rng = np.random.default_rng(seed)
    # three prongs far from symmetric, none near an edge of a pixel in the prepared image
    jet = [(300, 0, 0), (120, 0.5, 0.31), (40, -0.1, 0.42)]
    jet += [(rng.uniform(0.5, 1), *rng.uniform(-0.3, 0.3, 2)) for _ in range(5)]
    before, after = show([jet], pixels=9)[0], show([turn_jet(jet, angle, sign)], pixels=9)[0]
    # constituents on an edge may change pixels by rounding alone
    assert np.abs(before - after).sum() < 5
    assert before.max() == pytest.approx(after.max(), abs=5)


def test_the_principal_axis_is_vertical_and_the_harder_end_above():
    jet = [(100, 0.5, 0.0), (90, -0.5, 0.0), (10, 0.45, 0.2)]
    x, _ = show([jet])
    _, columns = np.nonzero(x[0] > 50)
    assert abs(columns[0] - columns[1]) <= 1
    assert x[0][13:].sum() > x[0][:12].sum()


@pytest.mark.parametrize("side", [-0.5, 0.5])
def test_the_right_half_is_the_brighter_one(side):
    x, _ = show([[(100, 0, 0), (10, side, 0.2), (3, -side, 0.4)]], **{**PLAIN, "flip": True})
    assert x[0][:, 13:].sum() == 10
    assert x[0][:, :12].sum() == 3


@given(
    st.floats(-1, 1),
    st.floats(-1, 1),
    st.floats(1, 500),
    st.floats(1, 500),
)
@settings(max_examples=50, deadline=None)
def test_two_pixels_have_the_mass_of_two_massless_particles(deta, dphi, pt1, pt2):
    jet = [(pt1 + 500, 0.0, 0.0), (pt2, deta, dphi)]
    x, _ = show([jet], **PLAIN)
    layout = ImageLayout({"all": ("all",)})
    found = measure_mass(x.reshape(1, -1), layout)[0]
    step = layout.width / layout.pixels
    eta, phi = (math.floor((v + 1.25) / step) * step - 1.25 + step / 2 for v in (deta, dphi))
    expected = 2 * (pt1 + 500) * pt2 * (math.cosh(eta) - math.cos(phi))
    assert found == pytest.approx(math.sqrt(max(expected, 0)), rel=1e-3, abs=0.5)


def test_one_pixel_has_no_mass():
    x, _ = show([[(40, 1.3, 0.2), (60, 1.3001, 0.2001)]], **PLAIN)
    assert np.count_nonzero(x) == 1
    assert measure_mass(x.reshape(1, -1), ImageLayout({"all": ("all",)}))[0] == 0


def test_masses_are_those_of_the_jet_within_the_resolution_of_pixels():
    rng = np.random.default_rng(3)
    jets = [
        [
            (rng.uniform(5, 40), s + rng.normal(0, 0.05), t + rng.normal(0, 0.05))
            for s, t in ((0.3, 0.3), (-0.3, -0.2))
            for _ in range(10)
        ]
        for _ in range(200)
    ]
    x, _ = show(jets)
    found = measure_mass(x.reshape(200, -1), ImageLayout({"all": ("all",)}))
    pt, eta, phi = np.array(jets).transpose(2, 0, 1)
    energy, z = (pt * np.cosh(eta)).sum(1), (pt * np.sinh(eta)).sum(1)
    px, py = (pt * np.cos(phi)).sum(1), (pt * np.sin(phi)).sum(1)
    true = np.sqrt(energy**2 - px**2 - py**2 - z**2)
    assert np.median(np.abs(found / true - 1)) < 0.06


@given(constituents)
@settings(max_examples=60, deadline=None)
def test_turned_pixels_keep_the_momentum_inside(jet):
    x, outside = show([jet], pixels=16, width=2.0, turned="pixels")
    total = sum(c[0] for c in jet)
    assert x.sum(dtype=np.float64) + outside[0] * total == pytest.approx(total, rel=1e-6)


def test_turned_pixels_are_shared_among_those_around():
    """A diagonal becomes vertical: sqrt(2) pixels from the middle lie between two pixels."""
    changes = {"centre": "origin", "pixels": 5, "width": 5.0, "turned": "pixels"}
    x, outside = show([[(6, 1, 1), (8, -1, -1)]], **changes)
    far = math.sqrt(2) - 1
    expected = np.zeros((5, 5))
    expected[:, 2] = [6 * far, 6 * (1 - far), 0, 8 * (1 - far), 8 * far]
    np.testing.assert_allclose(x[0], expected, rtol=1e-6, atol=1e-6)
    assert outside[0] == 0


def test_nothing_to_turn_leaves_pixels_as_they_are():
    rng = np.random.default_rng(5)
    jets = [[(rng.uniform(1, 9), *rng.uniform(-1, 1, 2)) for _ in range(30)] for _ in range(20)]
    plain = {"rotate": False, "flip": False}
    np.testing.assert_array_equal(show(jets, **plain)[0], show(jets, **plain, turned="pixels")[0])
    flipped = [show(jets, rotate=False, turned=t)[0] for t in ("pixels", "constituents")]
    # a mirrored pixel is a pixel again
    np.testing.assert_allclose(flipped[0].sum(axis=2), flipped[1].sum(axis=2), rtol=1e-5)


def test_turned_pixels_are_blurred():
    rng = np.random.default_rng(6)
    jets = [[(rng.uniform(5, 40), *rng.normal(0, 0.4, 2)) for _ in range(12)] for _ in range(100)]
    lit = [np.count_nonzero(show(jets, turned=t)[0]) for t in ("constituents", "pixels")]
    assert lit[1] > 2 * lit[0]


def test_intensities():
    jet = [(60, 0.0, 0.0), (20, 0.5, 0.0), (20, 0.5, 0.0), (100, 3.0, 0.0)]
    changes = {"centre": "hardest", "rotate": False, "flip": False, "pixels": 25, "width": 2.5}
    jet[3] = (50, 2.0, 0.0)
    lit = {
        kind: show([jet], intensity=kind, **changes)[0]
        for kind in ("pt", "fraction", "root", "log")
    }
    assert sorted(lit["pt"][lit["pt"] > 0]) == [40, 60]
    np.testing.assert_allclose(sorted(lit["fraction"][lit["fraction"] > 0]), [40 / 150, 60 / 150])
    np.testing.assert_allclose(lit["root"] ** 2, lit["fraction"], rtol=1e-6)
    np.testing.assert_allclose(lit["log"], np.log1p(lit["pt"]), rtol=1e-6)
    assert show([jet], **changes)[1][0] == pytest.approx(50 / 150)


def test_empty_jets_and_jets_outside_are_images_without_light():
    x, outside = show([[], [(10, 0.0, 0.0)], []], **PLAIN)
    assert x.sum(axis=(1, 2)).tolist() == [0, 10, 0]
    assert outside.tolist() == [0, 0, 0]
    pair = [(10, 2.0, 0.0), (10, -2.0, 0.0)]
    x, outside = show([pair], **{**PLAIN, "centre": "centroid"})
    assert x.sum() == 0
    assert outside[0] == 1


def test_channels_hold_their_objects():
    image = make_image(channels=[["charged", ["a"]], ["neutral", ["b"]]], pixels=3, **PLAIN)
    events = make_jets([[(10, 0, 0)], [(5, 0, 0)]], "a")
    events.objects["b"] = make_jets([[(7, 0.9, 0)], []], "b").objects["b"]
    x = image.decode(pa.table(image.encode(events, {}))).fill().reshape(2, 2, 3, 3)
    assert x[0, 0, 1, 1] == 10
    assert x[0, 1, 1, 2] == 7
    assert x[1, 1].sum() == 0
    assert image.element_names[9 + 5] == "neutral_1_2"
    assert image.scale_groups.tolist() == [0] * 9 + [1] * 9


def test_fill_scales_picks_and_clips():
    image = make_image(pixels=3, **PLAIN)
    table = pa.table(image.encode(make_jets([[(10, 0, 0), (2, 0.9, 0)], [], [(4, 0, 0)]]), {}))
    encoded = image.decode(table)
    scale, shift = np.full(9, 0.5, np.float32), np.full(9, 1.0, np.float32)
    features, mask = np.array([5, 4]), np.zeros((2, 2), np.float32)
    picked = encoded.take(np.array([2, 0]))
    x = picked.fill(features=features, scale=scale, shift=shift, bounds=(0, 3), mask=mask)
    assert x.tolist() == [[1, 3], [2, 3]]
    assert mask.min() == 1
    blocks = [block.fill() for _, block in encoded.iterate_blocks(2)]
    np.testing.assert_array_equal(np.concatenate(blocks), encoded.fill())
    assert encoded.map_values(np.negative).fill().min() == -10
    assert encoded.find_invalid() is None
    assert encoded.map_values(lambda v: np.where(v == 4, np.nan, v)).find_invalid()[0] == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"channels": []}, "needs channels"),
        ({"channels": [["a", ["x"]], ["b", ["x"]]]}, "x is in two channels"),
        ({"pixels": 300}, "more than 65536"),
        ({"centre": "middle"}, "write one of axis"),
        ({"intensity": "energy"}, "write one of pt"),
    ],
)
def test_impossible_images_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        make_image(**changes)


def test_constituents_without_position_are_refused():
    with pytest.raises(ValueError, match="entry 1 has pT 5 GeV, eta nan"):
        show([[(10, 0, 0)], [(5, math.nan, 0)]])


def test_descriptions_come_back():
    image = make_image(pixels=16, intensity="root")
    assert make_representation(image.describe()) == image
