import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelled_events import make_trees
from rapidmass.models.inputs.class_sums import TERMS, SampleSums
from rapidmass.models.inputs.class_weights import (
    POWERS,
    make_class_weights,
    make_training_weights,
)

SCHEMES = list(POWERS)
BALANCED = [name for name in SCHEMES if name not in ("unweighted", "physical")]
POLICIES = ["keep", "absolute_rescaled", "drop"]
SIGNALS = ("s", "t")


def make_events(seed=1, *, negative=0.2, scale=1.0):
    """Two backgrounds and two signals, by name: weights."""
    rng = np.random.default_rng(seed)
    found = {}
    for name, size, unit in (("b", 200, 3.0), ("c", 50, 0.5), ("s", 80, 1e-3), ("t", 20, 1e-5)):
        sign = np.where(rng.random(size) < negative, -1, 1)
        found[name] = scale * unit * sign * rng.uniform(0.5, 1.5, size)
    return found


def add_up(events):
    sums = {"background": {}, "signal": {}}
    for name, weight in events.items():
        rows = [
            [np.sum(np.abs(weight[np.sign(weight) == sign]) ** power) for power in TERMS]
            for sign in (1, -1)
        ]
        kind = "signal" if name in SIGNALS else "background"
        sums[kind][name] = SampleSums(*np.array(rows, dtype=np.float64))
    return sums


def weigh(events, scheme, policy="keep"):
    """What the events of each sample count."""
    weights = make_class_weights(add_up(events), scheme, policy)
    return {
        name: weights.weigh(pa.table({"weight": weight, "sample": [name] * len(weight)}))
        for name, weight in events.items()
    }


def add_classes(found):
    return [sum(w.sum() for n, w in found.items() if (n in SIGNALS) == told) for told in (0, 1)]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("scheme", SCHEMES)
@given(exponent=st.floats(-6, 6), seed=st.integers(0, 100))
@settings(max_examples=15, deadline=None)
def test_a_factor_on_all_weights_changes_nothing(scheme, policy, exponent, seed):
    usual = weigh(make_events(seed), scheme, policy)
    scaled = weigh(make_events(seed, scale=10**exponent), scheme, policy)
    for name, weight in usual.items():
        np.testing.assert_allclose(scaled[name], weight, rtol=1e-9)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_add_up_to_the_number_of_events_and_classes_to_half_of_it(scheme, policy):
    background, signal = add_classes(weigh(make_events(), scheme, policy))
    assert background + signal == pytest.approx(350)
    if scheme in BALANCED:
        assert signal == pytest.approx(background)


def test_the_schemes_are_what_their_names_say():
    events = make_events(negative=0.0)
    total = sum(weight.sum() for weight in events.values())
    for name, found in weigh(events, "unweighted").items():
        assert found == pytest.approx(np.ones(len(events[name])))
    for name, found in weigh(events, "physical").items():
        assert found == pytest.approx(events[name] * 350 / total)
    for name, found in weigh(events, "balanced_counts").items():
        assert found == pytest.approx(np.full(len(found), 175 / (100 if name in SIGNALS else 250)))
    for name, found in weigh(events, "sqrt").items():
        mine = [w for n, w in events.items() if (n in SIGNALS) == (name in SIGNALS)]
        assert found == pytest.approx(
            np.sqrt(events[name]) * 175 / np.sqrt(np.concatenate(mine)).sum()
        )
    backgrounds = events["b"].sum() + events["c"].sum()
    shares = {"balanced_yield": {"s": 0.8, "t": 0.2}, "per_mass": {"s": 0.5, "t": 0.5}}
    for scheme, share in shares.items():
        found = weigh(events, scheme)
        for name in ("b", "c"):
            assert found[name] == pytest.approx(events[name] * 175 / backgrounds)
        for name in SIGNALS:
            assert found[name].sum() == pytest.approx(175 * share[name])
            assert found[name] / found[name].sum() == pytest.approx(
                events[name] / events[name].sum()
            )


@pytest.mark.parametrize("policy", POLICIES)
def test_each_sample_keeps_its_share_of_the_physical_weights(policy):
    events = make_events()
    found = weigh(events, "physical", policy)
    total = sum(weight.sum() for weight in events.values())
    for name, weight in events.items():
        assert found[name].sum() == pytest.approx(weight.sum() * 350 / total)
        if policy == "keep":
            assert np.array_equal(np.sign(found[name]), np.sign(weight))
        else:
            assert (found[name] >= 0).all()
            assert np.array_equal(found[name] == 0, (weight < 0) & (policy == "drop"))


def test_events_without_weight_and_of_unknown_samples_count_nothing():
    weights = make_class_weights(add_up(make_events()), "unweighted", "keep")
    table = pa.table({"weight": [1.0, 0.0, 1.0], "sample": ["b", "b", "new"]})
    assert weights.weigh(table).tolist() == [pytest.approx(1, abs=1), 0.0, 0.0]
    assert weights.weigh(table)[0] > 0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_equal_draws_of_both_classes_are_made_up_for(scheme):
    events = make_events(negative=0.0)
    weights = make_class_weights(add_up(events), scheme, "keep")
    found = weigh(events, scheme)
    means = {
        "background": np.concatenate([found["b"], found["c"]]).mean(),
        "signal": np.concatenate([found["s"], found["t"]]).mean(),
    }
    drawn = {kind: mean * weights.sampling[kind] / 2 for kind, mean in means.items()}
    background, signal = add_classes(found)
    assert drawn == pytest.approx({"background": background / 350, "signal": signal / 350})


def test_negative_weights_are_refused_with_what_they_cost():
    events = make_events(negative=0.0)
    make_class_weights(add_up(events), "physical", "fail")
    events["c"][:10] *= -1
    with pytest.raises(ValueError, match=r"20.0% of the events of c .* factor 2.78 of statistics"):
        make_class_weights(add_up(events), "physical", "fail")


@pytest.mark.parametrize(
    ("name", "weight", "message"),
    [
        ("t", np.zeros(20), "the sample t has no event"),
        ("s", np.full(80, -1.0), r"the weights of the signal \(s, t\) add up to -80 pb"),
        ("b", np.full(200, -1.0), r"the weights of the background \(b, c\) add up to -"),
    ],
)
@pytest.mark.parametrize("part", ["training", "validation"])
def test_classes_without_events_or_weight_are_refused(name, weight, message, part):
    events = make_events(negative=0.0)
    sums = {part: add_up(events) for part in ("training", "validation")}
    trees = make_trees(negative_weights="keep")
    make_training_weights("bdt", trees, sums)
    sums[part] = add_up({**events, "t": 1e-3 * events["t"], name: weight})
    with pytest.raises(ValueError, match=rf"bdt, {part} part: {message}"):
        make_training_weights("bdt", trees, sums)


def test_a_sample_that_adds_up_to_nothing_counts_nothing_once_it_is_rescaled():
    events = make_events(negative=0.0)
    events["c"] = np.concatenate([events["c"], -2 * events["c"]])
    for policy in ("absolute_rescaled", "drop"):
        for scheme in SCHEMES:
            assert (weigh(events, scheme, policy)["c"] == 0).all()


def test_validation_has_the_signs_that_events_have():
    sums = {part: add_up(make_events()) for part in ("training", "validation")}
    found = make_training_weights("bdt", make_trees(negative_weights="drop"), sums)
    table = pa.table({"weight": [-1.0], "sample": ["b"]})
    assert found["training"].weigh(table)[0] == 0
    assert found["validation"].weigh(table)[0] < 0
