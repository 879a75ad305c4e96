"""Kinds that see principal components of a variance of 1: densities and neighbours."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from rapidmass.models.baselines.whitening import fit_whitening
from rapidmass.representations.base import select_elements
from rapidmass.representations.tables import decode
from synthetic_megasets import MATRIX, make_events

CELLS = select_elements(MATRIX)
KERNEL = {"kind": "density", "by": "kernel", "components": 3}
MIXTURE = {"kind": "density", "components": 3}
NEIGHBOURS = {"kind": "neighbours", "components": 3}


def set_weights(table, weights):
    index = table.schema.get_field_index("weight")
    return table.set_column(index, "weight", pa.array(np.asarray(weights, dtype=np.float64)))


def whiten(baseline, table):
    model = baseline.compute.args[0]
    x = model.scaler.transform(decode(table), CELLS)
    return (x - model.arrays["mean"]) @ model.arrays["axes"].T


@pytest.fixture
def some(events):
    """Events of equal weight: each is drawn once."""
    return set_weights(events.slice(0, 600), np.ones(600))


def test_components_have_a_variance_of_one_and_no_correlation(fit_anew, some):
    x = whiten(fit_anew(NEIGHBOURS, some), some)
    np.testing.assert_allclose(np.cov(x.T), np.eye(3), atol=1e-6)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)


def test_the_score_is_the_distance_to_the_kth_neighbour(fit_anew, some):
    baseline = fit_anew({**NEIGHBOURS, "neighbours": 4}, some)
    other = make_events(200, seed=2, hardness=2)
    distances = np.linalg.norm(whiten(baseline, other)[:, None] - whiten(baseline, some), axis=2)
    expected = np.sort(distances, axis=1)[:, 3]
    np.testing.assert_allclose(baseline.score(other)["score"], expected, rtol=1e-5)


def test_a_density_by_kernels_is_the_mean_of_normal_distributions(fit_anew, some):
    baseline = fit_anew({**KERNEL, "bandwidth": 0.4}, some)
    other = make_events(50, seed=2)
    points = whiten(baseline, some)
    expected = [
        -np.log(np.mean(multivariate_normal(mean=x, cov=0.4**2).pdf(points)))
        for x in whiten(baseline, other)
    ]
    np.testing.assert_allclose(baseline.score(other)["score"], expected, rtol=1e-4)


def test_one_gaussian_is_the_distance_from_the_mean_and_several_those_of_scikit_learn(
    fit_anew, some
):
    other = make_events(200, seed=2, hardness=2)
    one = fit_anew({**MIXTURE, "gaussians": 1}, some)
    squares = (whiten(one, other) ** 2).sum(axis=1)
    found = one.score(other)["score"]
    # of a variance of 1, and the least variance of 0.001 beside it
    expected = squares / 2 / 1.001 + 1.5 * np.log(2 * np.pi * 1.001)
    np.testing.assert_allclose(found, expected, rtol=5e-3)
    several = fit_anew({**MIXTURE, "gaussians": 4}, some, seed=5)
    mixture = GaussianMixture(4, reg_covar=1e-3, max_iter=200, random_state=5)
    mixture.fit(whiten(several, some))
    expected = -mixture.score_samples(whiten(several, other))
    np.testing.assert_allclose(several.score(other)["score"], expected, rtol=1e-4)


@pytest.mark.parametrize("content", [KERNEL, {**MIXTURE, "gaussians": 4}, NEIGHBOURS])
def test_what_has_little_weight_is_anomalous(fit_anew, events, content):
    muon = decode(events).counts[:, 2] > 0
    means = []
    for weights in (np.where(muon, 1e-2, 1), np.where(muon, 1, 1e-2)):
        score = fit_anew(content, set_weights(events, weights)).score(events)["score"]
        means.append(score[muon].mean() - score[~muon].mean())
    assert means[0] > means[1] + 0.1


@pytest.mark.parametrize(
    ("content", "number", "message"),
    [
        ({**NEIGHBOURS, "neighbours": 30}, 20, "20 events, of 20 in the training part, have no 30"),
        ({**NEIGHBOURS, "neighbours": 1}, 3, "3 events are too few for 3 principal components"),
        (MIXTURE, 50, "50 events are too few for 20 gaussians of 3 .* need 80: lower gaussians"),
        (KERNEL, 2, "2 events are too few"),
    ],
)
def test_too_few_events_are_refused(fit_anew, some, content, number, message):
    with pytest.raises(ValueError, match=message):
        fit_anew(content, some.slice(0, number))


def test_weights_of_nothing_are_refused(fit_anew, some):
    with pytest.raises(ValueError, match="density: the events to fit it to have a total weight"):
        fit_anew(MIXTURE, set_weights(some, np.zeros(600)))


def test_features_that_do_not_vary_have_no_components():
    """Events that lie on a line have one, and those in one place none."""
    line = np.outer(np.arange(10), [1, 2, 0]).astype(np.float32)
    mean, axes = fit_whitening(line, 0.9)
    assert axes.shape == (1, 3)
    np.testing.assert_allclose(np.var((line - mean) @ axes.T, ddof=1), 1)
    with pytest.raises(ValueError, match="2 principal components, but the events vary in 1"):
        fit_whitening(line, 2)
    with pytest.raises(ValueError, match=r"the 10 events .* are all the same"):
        fit_whitening(np.ones((10, 3), dtype=np.float32), 1)
