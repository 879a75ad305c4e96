"""What trainings make of event weights."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.models.inputs.event_weights import (
    SignedSums,
    TrainingSums,
    list_columns,
    sum_weights,
    treat_weights,
)

CHANNELS = ["Z", "Z", "top", "W", "W", "top"]
WEIGHTS = [2.0, -1.0, 4.0, 1.0, -2.0, 1.0]
# by hand: Z adds up to 1 of 3, top to 5 of 5, W to -1
TREATED = {
    "keep": (WEIGHTS, 5.0),
    "absolute_rescaled": ([2 / 3, 1 / 3, 4.0, 0.0, 0.0, 1.0], 6.0),
    "drop": ([2.0, 4.0, 1.0, 1.0], 8.0),
}
numbers = st.lists(st.floats(-100, 100).map(lambda x: round(x, 3)), min_size=1, max_size=20)


def add_up(weights, channels):
    weights, channels = np.array(weights), np.array(channels)
    sums = {
        name: SignedSums(
            float(weights[(channels == name) & (weights >= 0)].sum()),
            float(weights[(channels == name) & (weights < 0)].sum()),
        )
        for name in sorted(set(channels))
    }
    return TrainingSums(len(weights), int((weights < 0).sum()), sums)


@pytest.mark.parametrize("policy", list(TREATED))
def test_a_small_sample_by_hand(policy):
    events = pa.table({"weight": WEIGHTS, "channel": CHANNELS})
    sums = add_up(WEIGHTS, CHANNELS)
    kept, weight = treat_weights(events, sums, policy)
    expected, total = TREATED[policy]
    np.testing.assert_allclose(weight[kept], expected, rtol=1e-14)
    assert sum_weights(sums, policy) == pytest.approx(total, rel=1e-14)
    few = events.select(list_columns(policy))
    assert np.array_equal(treat_weights(few, sums, policy)[1], weight)


@given(st.dictionaries(st.sampled_from(["Z", "W", "top"]), numbers, min_size=1))
def test_rescaling_keeps_the_shares_of_channels(channels):
    weights = np.concatenate([channels[name] for name in channels])
    names = np.repeat(list(channels), [len(some) for some in channels.values()])
    sums = add_up(weights, names)
    events = pa.table({"weight": weights, "channel": names.tolist()})
    kept, treated = treat_weights(events, sums, "absolute_rescaled")
    assert kept.all()
    assert (treated >= 0).all()
    for name, some in channels.items():
        expected = max(sum(some), 0.0)
        assert treated[names == name].sum() == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert treated.sum() == pytest.approx(sum_weights(sums, "absolute_rescaled"), abs=1e-9)


def test_without_negative_weights_nothing_happens():
    weights = np.abs(WEIGHTS)
    events = pa.table({"weight": weights, "channel": CHANNELS})
    sums = add_up(weights, CHANNELS)
    for policy in TREATED:
        kept, weight = treat_weights(events, sums, policy)
        assert kept.all()
        assert np.array_equal(weight, weights)


def test_a_channel_without_training_events_has_no_share():
    events = pa.table({"weight": [1.0, 2.0], "channel": ["new", "Z"]})
    sums = add_up(WEIGHTS, CHANNELS)
    _, weight = treat_weights(events, sums, "absolute_rescaled")
    np.testing.assert_allclose(weight, [0, 2 / 3])
