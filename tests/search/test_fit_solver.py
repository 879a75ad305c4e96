import numpy as np
import pyhf
import pytest

from fitted_models import count, make_full
from rapidmass.search.fit_limits import compute_expected_limits, compute_observed_limit
from rapidmass.search.fit_model import read_model
from rapidmass.search.fit_solver import Data, fit, make_asimov

# pyhf 0.7 asks jsonschema for something that is to be replaced
pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning")

SEEN = [None, [1100, 120, 31, 400], [900, 200, 18, 390], [1050, 140, 30, 0]]


@pytest.fixture(autouse=True)
def minuit():
    pyhf.set_backend("numpy", "minuit")
    yield
    pyhf.set_backend("numpy", "scipy")


@pytest.mark.parametrize("seen", SEEN)
def test_likelihood_ratios_are_those_of_pyhf(seen):
    workspace = make_full(observed=seen)
    other = pyhf.Workspace(workspace)
    model, theirs = read_model(workspace), other.model()
    data = other.data(theirs)
    mine = make_asimov(model, seen=model.observed)
    best = fit(model, mine)
    parameters, lowest = pyhf.infer.mle.fit(data, theirs, return_fitted_val=True)
    assert best.strength[0] == pytest.approx(parameters[theirs.config.poi_index], abs=0.03)
    for strength in (0.0, 1.0, 3.0):
        ratio = fit(model, mine, strength).value[0] - best.value[0]
        fixed = pyhf.infer.mle.fixed_poi_fit(strength, data, theirs, return_fitted_val=True)[1]
        assert ratio == pytest.approx(float(fixed - lowest), abs=2e-3)


def test_the_observed_limit_is_that_of_pyhf():
    workspace = make_full(observed=SEEN[1])
    other = pyhf.Workspace(workspace)
    theirs = other.model()
    limit = compute_observed_limit(read_model(workspace))
    cls = pyhf.infer.hypotest(limit, other.data(theirs), theirs, test_stat="qtilde")
    assert float(cls) == pytest.approx(0.05, abs=5e-4)


def test_many_fits_are_the_same_as_one_after_the_other():
    model = read_model(make_full())
    rng = np.random.default_rng(1)
    number = 50
    data = Data(
        rng.poisson(model.nominal * 0.9, (number, 4)).astype(float),
        model.start + np.where(model.free, 0, rng.normal(size=(number, 4))),
        1 + model.errors * rng.normal(size=(number, 4)),
    )
    for strength in (None, 0.0, 2.0):
        together = fit(model, data, strength)
        for k in (0, 7, 49):
            alone = fit(model, data.pick(np.array([k])), strength)
            assert alone.value[0] == pytest.approx(together.value[k], abs=1e-8)


def test_no_step_away_lowers_the_likelihood():
    model = read_model(make_full(observed=SEEN[2]))
    data = make_asimov(model, seen=model.observed)
    best = fit(model, data)
    rng = np.random.default_rng(2)
    for strength in np.abs(best.strength[0] + rng.normal(0, 0.1, 10)):
        assert fit(model, data, float(strength)).value[0] >= best.value[0] - 1e-8


def test_a_deficit_gives_no_negative_signal():
    model = read_model(count(100.0, s=10, observed=[80.0]))
    best = fit(model, make_asimov(model, seen=model.observed))
    assert best.strength[0] == 0
    assert best.value[0] == pytest.approx(2 * (20 - 80 * np.log(100 / 80)))


def test_a_background_of_ten_millions_is_no_problem():
    model = read_model(count(1e7, s=100.0, background_uncertainty=0.1, relative=0.01))
    found = fit(model, make_asimov(model), 1.0)
    sigma = np.sqrt(1e7 + (1e7 * 0.1) ** 2 + (1e7 * 0.01) ** 2)
    assert np.sqrt(found.value[0]) == pytest.approx(100 / sigma, rel=3e-3)


def test_with_many_events_it_fits_better_by_the_likelihood_of_pyhf_itself():
    workspace = make_full(scale=1e5)
    model, other = read_model(workspace), pyhf.Workspace(workspace)
    theirs, asimov = other.model(), make_asimov(model)
    data, limit = other.data(theirs), compute_expected_limits(model)["0"]
    found = fit(model, asimov, limit)
    bins = ["search[0]", "search[1]", "search[2]", "control[0]"]
    gammas = dict(zip(bins, found.gammas[0], strict=True))
    values = {
        "mu": limit,
        **dict(zip(model.names, found.parameters[0], strict=True)),
        **{f"simulation_{name}": gamma for name, gamma in gammas.items()},
    }
    null = theirs.config.suggested_init()
    null[theirs.config.poi_index] = 0.0
    lowest = -2 * float(theirs.logpdf(null, data)[0])
    mine = -2 * float(theirs.logpdf([values[name] for name in theirs.config.par_names], data)[0])
    assert mine - lowest == pytest.approx(found.value[0], abs=1e-5)
    bounds = theirs.config.suggested_bounds()
    bounds[theirs.config.poi_index] = (0, 20 * limit)
    _, fitted = pyhf.infer.mle.fixed_poi_fit(
        limit, data, theirs, par_bounds=bounds, return_fitted_val=True
    )
    assert mine <= float(fitted) + 1e-5
