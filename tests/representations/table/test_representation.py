"""Tables of named features."""

import numpy as np
import pytest

from rapidmass.columnar.event_variables import EventVariables
from rapidmass.representations.table.representation import make_representation
from rapidmass.representations.tables import decode, make_table
from synthetic_events import make_events


@pytest.fixture(scope="module")
def events():
    return make_events(200, 3)[0]


def encode(events, **features):
    variables = EventVariables(events, ["ele", "muo"], {})
    return make_representation(list(features.items())).encode(events, variables)


def test_features_are_expressions_over_event_variables(events):
    variables = EventVariables(events, ["ele", "muo"], {})
    features = {
        "many": "n_ljet > 2",
        "one": "1",
        "ratio": "m_ll / met",
        "trigger": "trigger",
    }
    representation = make_representation(list(features.items()))
    table = make_table(representation, representation.encode(events, variables), {})
    x = decode(table).fill(padding=np.nan)
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x[:, 0], variables["n_ljet"] > 2)
    np.testing.assert_array_equal(x[:, 1], 1)
    ratio = (variables["m_ll"] / events.met).astype(np.float32)
    np.testing.assert_array_equal(x[:, 2], ratio)
    assert 0 < np.isnan(x[:, 2]).sum() < len(x)  # without a second lepton
    np.testing.assert_array_equal(x[:, 3], variables["trigger"])
    assert representation.element_names == tuple(features)
    assert representation.objects == ("ljet",)
    assert all(":" in name for name in representation.columns)  # as in no name of an event column


def test_infinite_features_are_refused(events):
    with pytest.raises(ValueError, match=r"feature odd of event \d+ is inf .* divides by 0"):
        encode(events, odd="1 / (n_ljet * 0)")
    with pytest.raises(ValueError, match="too large for numbers of 32 bits"):
        encode(events, odd="1e300 * (1 + met)")


def test_mistakes_are_named(events):
    with pytest.raises(ValueError, match="mass"):
        encode(events, odd="mass")
    with pytest.raises(ValueError, match="at least one feature"):
        make_representation([])
    with pytest.raises(ValueError, match="feature met is listed twice"):
        make_representation([["met", "met"], ["met", "n_lep"]])
