import numpy as np
import pyhf
import pytest

from fitted_models import make_full
from rapidmass.search.fit_model import read_model

# pyhf 0.7 asks jsonschema for something that is to be replaced
pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning")


@pytest.fixture
def both():
    workspace = make_full()
    return read_model(workspace), pyhf.Workspace(workspace).model()


@pytest.mark.parametrize("seed", range(6))
def test_what_is_expected_is_what_pyhf_expects(both, seed):
    model, other = both
    rng = np.random.default_rng(seed)
    pulls = dict(zip(model.names, rng.normal(0, 1.3, len(model.names)), strict=True))
    pulls["normalisation_B"] = 1.3
    values = {"mu": 0.7, **pulls}
    parameters = [values.get(name, 1.0) for name in other.config.par_names]
    expected = other.expected_data(parameters, include_auxdata=False)
    assert other.config.channels == ["control", "search"]
    rates = model.predict(np.array([[pulls[name] for name in model.names]]))
    found = (0.7 * rates.signal + rates.background)[0]
    np.testing.assert_allclose(np.roll(found, 1), expected, rtol=1e-12)


def test_derivatives_are_those_of_the_rates(both):
    model, _ = both
    at, step = np.array([[0.4, -1.2, 0.9, 1.7]]), 1e-6
    rates = model.predict(at)
    for k in range(at.shape[1]):
        move = np.zeros_like(at)
        move[0, k] = step
        up, down = model.predict(at + move), model.predict(at - move)
        for name in ("signal", "background"):
            slope = (getattr(up, name) - getattr(down, name)) / (2 * step)
            assert getattr(rates, f"d_{name}")[:, k] == pytest.approx(slope, rel=1e-6, abs=1e-6)


def test_a_modifier_that_is_not_known_is_refused():
    workspace = make_full()
    workspace["channels"][0]["samples"][1]["modifiers"][0]["type"] = "shapesys"
    with pytest.raises(ValueError, match="is of the kind shapesys"):
        read_model(workspace)
