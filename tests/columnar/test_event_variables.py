"""Event variables: each function against plain Python and closed forms, event by event."""

import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.columnar.event_variables import (
    ALL,
    EventVariables,
    order_definitions,
    take_flat,
)
from rapidmass.columnar.expressions import Expression
from rapidmass.columnar.four_vectors import FourVectors, count_offsets

Z_MASS = 91.1880
KINDS = ("ele", "muo", "ljet")
MEMBERS = st.lists(
    st.tuples(
        st.floats(1, 500),
        st.floats(-3, 3),
        st.floats(-math.pi, math.pi),
        st.floats(0, 50),
        st.sampled_from([-1, 1]),
    ),
    max_size=4,
)
EVENTS = st.lists(
    st.fixed_dictionaries(
        dict.fromkeys(KINDS, MEMBERS)
        | {"met": st.floats(0, 300), "met_phi": st.floats(-math.pi, math.pi)}
    ),
    min_size=1,
    max_size=6,
)


@dataclass
class Some:
    objects: dict
    met: np.ndarray
    met_phi: np.ndarray
    trigger: np.ndarray
    met_attributes: dict = field(default_factory=dict)


def evaluate(named, events, leptons):
    """Compute variables, which may use each other; `x: x` is what has this name anyway."""
    defined = {name: one for name, one in named.items() if one.text != name}
    order_definitions(defined, defined)
    variables = EventVariables(events, leptons, dict.fromkeys(events.objects, ALL), defined)
    n_events = len(events.met)
    return {name: take_flat(name, one.evaluate(variables), n_events) for name, one in named.items()}


def make_events(events):
    """Events of plain lists, which it sorts by falling pT."""
    objects = {}
    for kind in KINDS:
        for event in events:
            event[kind] = sorted(event[kind], key=lambda member: -member[0])
        flat = [member for event in events for member in event[kind]]
        pt, eta, phi, mass, charge = np.array(flat, dtype=np.float64).reshape(-1, 5).T
        offsets = count_offsets(np.array([len(event[kind]) for event in events]))
        objects[kind] = FourVectors(
            offsets, pt, eta, phi, mass, {"charge": charge.astype(np.int64)}
        )
    met, phi = (np.array([event[key] for event in events]) for key in ("met", "met_phi"))
    return Some(objects, met, phi, met > 10)


def compute(events, text):
    return evaluate({"x": Expression(text)}, make_events(events), ["ele", "muo"])["x"]


def compute_one(text, **event):
    event = {"ele": [], "muo": [], "ljet": [], "met": 0.0, "met_phi": 0.0} | event
    return compute([event], text)[0]


def list_leptons(event):
    leptons = [(*member, kind) for kind in ("ele", "muo") for member in event[kind]]
    return sorted(leptons, key=lambda member: -member[0])


def add(*members):
    """Energy and momentum of a sum."""
    found = [0.0, 0.0, 0.0, 0.0]
    for pt, eta, phi, mass, *_ in members:
        px, py, pz = pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta)
        energy = math.sqrt(px**2 + py**2 + pz**2 + mass**2)
        found = [a + b for a, b in zip(found, (energy, px, py, pz), strict=True)]
    return found


def find_mass(*members):
    energy, px, py, pz = add(*members)
    return math.sqrt(max(energy**2 - px**2 - py**2 - pz**2, 0))


def wrap(angle):
    return math.remainder(angle, 2 * math.pi)


def find_pair(event):
    """The opposite-sign same-flavour pair nearest the Z."""
    leptons, found = list_leptons(event), None
    for i, first in enumerate(leptons):
        for second in leptons[i + 1 :]:
            if first[4] * second[4] < 0 and first[5] == second[5]:
                distance = abs(find_mass(first, second) - Z_MASS)
                if found is None or distance < found[0]:
                    found = distance, (first, second)
    return found and found[1]


def get_pt(leptons, number):
    return leptons[number][0] if len(leptons) > number else math.nan


PLAIN = {
    "lep[1].pt": lambda e: get_pt(list_leptons(e), 1),
    "pt_lep2": lambda e: get_pt(list_leptons(e), 1),
    "m(lep[0], ljet[0])": lambda e: (
        find_mass(list_leptons(e)[0], e["ljet"][0]) if list_leptons(e) and e["ljet"] else math.nan
    ),
    "m(system(ljet))": lambda e: find_mass(*e["ljet"]) if e["ljet"] else math.nan,
    "pt(muo[0], muo[1])": lambda e: (
        math.hypot(*add(*e["muo"][:2])[1:3]) if len(e["muo"]) > 1 else math.nan
    ),
    "dphi(ele[0], met)": lambda e: wrap(e["ele"][0][2] - e["met_phi"]) if e["ele"] else math.nan,
    "deta(ele[0], ljet[0])": lambda e: (
        e["ele"][0][1] - e["ljet"][0][1] if e["ele"] and e["ljet"] else math.nan
    ),
    "min(dr(ljet, ele[0]))": lambda e: (
        min(math.hypot(j[1] - e["ele"][0][1], wrap(j[2] - e["ele"][0][2])) for j in e["ljet"])
        if e["ele"] and e["ljet"]
        else math.nan
    ),
    "m(z_pair(lep))": lambda e: find_mass(*find_pair(e)) if find_pair(e) else math.nan,
    "z_pair(ele, muo).pt": lambda e: (
        math.hypot(*add(*find_pair(e))[1:3]) if find_pair(e) else math.nan
    ),
    "merge(ele, ljet)[1].pt": lambda e: [
        *sorted((member[0] for kind in ("ele", "ljet") for member in e[kind]), reverse=True),
        *(math.nan, math.nan),
    ][1],
    "sum(merge(muo, ljet).charge)": lambda e: sum(
        member[4] for kind in ("muo", "ljet") for member in e[kind]
    ),
    "sum(ljet.pt)": lambda e: sum(member[0] for member in e["ljet"]),
    "count(ljet.pt > 30)": lambda e: sum(member[0] > 30 for member in e["ljet"]),
    "max(lep.pt)": lambda e: get_pt(list_leptons(e), 0),
    "sum(lep.charge)": lambda e: sum(lepton[4] for lepton in list_leptons(e)),
    "count(lep.is_muo)": lambda e: len(e["muo"]),
    "lep[0].is_muo": lambda e: list_leptons(e)[:1] != [] and list_leptons(e)[0][5] == "muo",
    "lt": lambda e: sum(lepton[0] for lepton in list_leptons(e)),
    "lt_met": lambda e: sum(lepton[0] for lepton in list_leptons(e)) + e["met"],
    "ht": lambda e: sum(member[0] for kind in KINDS for member in e[kind]),
    "st": lambda e: sum(member[0] for kind in KINDS for member in e[kind]) + e["met"],
    "met_significance": lambda e: (
        e["met"] / math.sqrt(sum(member[0] for kind in KINDS for member in e[kind]))
        if any(e[kind] for kind in KINDS)
        else math.nan
    ),
    "multiplicity": lambda e: sum(len(e[kind]) for kind in KINDS),
    "ljet[0].rapidity": lambda e: (
        0.5 * math.log((v[0] + v[3]) / (v[0] - v[3])) if (v := add(*e["ljet"][:1]))[0] else math.nan
    ),
    "met / 2 + met.phi": lambda e: e["met"] / 2 + e["met_phi"],
}


@pytest.mark.parametrize("text", PLAIN)
@settings(max_examples=30, deadline=None)
@given(events=EVENTS)
def test_variables_are_what_plain_python_gives(text, events):
    found = compute(events, text)
    expected = np.array([PLAIN[text](event) for event in events])
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-4)


@settings(max_examples=50, deadline=None)
@given(events=EVENTS)
def test_members_give_the_numbers_of_the_kernel_of_leptons_bit_for_bit(events):
    pairs = {
        "m_ll": "m(lep[0], lep[1])",
        "m_lll": "m(lep[0], lep[1], lep[2])",
        "pt_lep3": "lep[2].pt",
    }
    for name, text in pairs.items():
        np.testing.assert_array_equal(compute(events, name), compute(events, text))


@given(pt=st.floats(1, 1e4), phi=st.floats(-3, 3))
def test_back_to_back_massless_particles(pt, phi):
    pair = {"ele": [(pt, 0.0, phi, 0.0, 1)], "muo": [(pt, 0.0, phi + math.pi, 0.0, -1)]}
    assert compute_one("m(ele[0], muo[0])", **pair) == pytest.approx(2 * pt)
    assert compute_one("pt(ele[0], muo[0])", **pair) == pytest.approx(0, abs=1e-9 * pt)
    # the transverse mass at an opening of pi is 2 sqrt(pT MET)
    opposite = {"met": pt / 4, "met_phi": phi + math.pi}
    assert compute_one("mt(ele[0], met)", **pair, **opposite) == pytest.approx(pt)
    along = {"met": pt / 4, "met_phi": phi}
    assert compute_one("mt(ele[0], met)", **pair, **along) == pytest.approx(0, abs=1e-6 * pt)
    assert abs(compute_one("dphi(ele[0], muo[0])", **pair)) == pytest.approx(math.pi)


def decay(rng, parent, child, momentum):
    """Massless visible and invisible particle of a parent at rest, boosted along a direction."""
    cosine, phi = rng.uniform(-1, 1), rng.uniform(-math.pi, math.pi)
    sine = math.sqrt(1 - cosine**2)
    size = (parent**2 - child**2) / (2 * parent)
    direction = np.array([sine * math.cos(phi), sine * math.sin(phi), cosine])
    energy = math.hypot(parent, np.linalg.norm(momentum))
    found = []
    for sign, mass in ((1, 0.0), (-1, child)):
        own = sign * size * direction
        own_energy = math.hypot(size, mass)
        along = own @ momentum
        shift = along / (parent * (energy + parent)) + own_energy / parent
        found.append(own + shift * momentum)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_mt2_is_below_the_mass_of_the_parents_and_comes_near(seed):
    rng, parent, events = np.random.default_rng(seed), 80.0, []
    for _ in range(300):
        momentum = rng.normal(0, 60, 3)
        pairs = [decay(rng, parent, 0.0, momentum), decay(rng, parent, 0.0, -momentum)]
        visible = [
            (math.hypot(p[0], p[1]), math.asinh(p[2] / math.hypot(p[0], p[1])),
             math.atan2(p[1], p[0]), 0.0, 1)
            for p, _ in pairs
        ]  # fmt: skip
        x, y = pairs[0][1][:2] + pairs[1][1][:2]
        events.append(
            {"ele": visible[:1], "muo": visible[1:], "ljet": [],
             "met": math.hypot(x, y), "met_phi": math.atan2(y, x)}
        )  # fmt: skip
    found = compute(events, "mt2(ele[0], muo[0], met)")
    assert found.max() <= parent * (1 + 1e-6)
    assert found.max() > 0.9 * parent
    assert (found >= 0).all()


def test_mt2_needs_both():
    assert math.isnan(compute_one("mt2(lep[0], lep[1], met)", ele=[(50.0, 0.0, 0.0, 0.0, 1)]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ljet", "list of four-vectors where a number is needed"),
        ("lep + 1", "lep is a list of four-vectors where a number is needed"),
        ("ljet.pt", "gives a list, and not one number an event"),
        ("m(ljet.pt)", "m is of vectors, and is given numbers"),
        ("m(met, lep[0])", r"mt\(a, met\) is the transverse mass"),
        ("deta(lep[0], met)", "met has no eta"),
        ("mt2(lep, lep, met)", "take members"),
        ("mt2(lep[0], met, lep[1])", "two four-vectors and met"),
        ("dphi(ljet, lep)", "goes over one list of objects"),
        ("ljet[0].isolation", r"has no .isolation; it has .pt, .* .charge"),
        ("met[0]", "given one vector"),
        ("(ht * 2).pt", "which is not allowed"),
        ("ht.pt", "not defined"),
        ("z_pair(lep[0])", "lists of leptons"),
        ("merge(lep[0], ljet).pt", "merge is of lists of objects"),
        ("merge(ljet, ljet.pt)", "merge is of vectors, and is given numbers"),
        ("nothing", "'nothing' is not defined"),
        ("x", "'x' is not defined"),
        ("lep & met", "where a number is needed"),
        ("m()", "gives m 0 arguments"),
    ],
)
def test_what_is_no_number_an_event_is_an_error(text, message):
    with pytest.raises(ValueError, match=message):
        compute_one(text, ele=[(50.0, 0.0, 0.0, 0.0, 1)] * 2, ljet=[(50.0, 0.0, 0.0, 0.0, 1)])


def test_variables_use_each_other_but_not_themselves():
    events = make_events([{"ele": [], "muo": [], "ljet": [], "met": 3.0, "met_phi": 0.0}])
    texts = {"a": "b + 1", "b": "2 * met", "ht": "ht", "far": "met", "near": "dphi(far, met)"}
    found = evaluate({k: Expression(t) for k, t in texts.items()}, events, ["ele", "muo"])
    assert {name: column.tolist() for name, column in found.items()} == {
        "a": [7], "b": [6], "ht": [0], "far": [3], "near": [0],
    }  # fmt: skip
    with pytest.raises(ValueError, match="'a' is defined by itself: a -> b -> a"):
        evaluate({k: Expression(t) for k, t in {"a": "b", "b": "a.pt"}.items()}, events, ["ele"])


def test_charges_are_needed_for_pairs():
    events = make_events([{"ele": [], "muo": [], "ljet": [], "met": 3.0, "met_phi": 0.0}])
    for kind, vectors in events.objects.items():
        events.objects[kind] = FourVectors(
            vectors.offsets, vectors.pt, vectors.eta, vectors.phi, vectors.mass
        )
    with pytest.raises(ValueError, match="z_pair needs charges: give the collections"):
        evaluate({"x": Expression("m(z_pair(lep))")}, events, ["ele", "muo"])


def test_large_integers_beside_absent_members_are_refused():
    one = {"ele": [(50.0, 0.0, 0.0, 0.0, 1)], "muo": [], "ljet": [], "met": 3.0, "met_phi": 0.0}
    events = make_events([one, {**one, "ele": []}])
    ele = events.objects["ele"]
    bits = FourVectors(
        ele.offsets, ele.pt, ele.eta, ele.phi, ele.mass, {"bits": np.array([2**60 + 1])}
    )
    events.objects["ele"] = bits
    assert evaluate({"x": Expression("sum(ele.bits)")}, events, ["ele"])["x"][0] == 2**60 + 1
    with pytest.raises(ValueError, match="above 2\\^53"):
        evaluate({"x": Expression("ele[0].bits")}, events, ["ele"])
