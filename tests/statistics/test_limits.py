"""Limits: closed forms, pyhf itself, and what must not matter."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyhf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhf.infer.intervals.upper_limits import toms748_scan
from scipy.stats import norm

from rapidmass.statistics.limits import (
    BANDS,
    Template,
    choose_edges,
    compute_expected_limits,
    compute_likelihood_ratio,
    fill_template,
    make_workspace,
)

# pyhf 0.7 asks jsonschema for something that is to be replaced
pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning")

SIGNAL = Template(np.array([3.0, 6.0, 4.0]), np.array([1.0, 1.0, 1.0]))
BACKGROUND = Template(np.array([200.0, 50.0, 8.0]), np.array([40.0, 20.0, 6.0]))


def exact(b, variance=0.0):
    """A bin with a known variance."""
    return Template(np.array([float(b)]), np.array([float(variance)]))


@pytest.mark.parametrize("b", [3, 100, 1e4, 1e8])
def test_a_counting_experiment_has_a_closed_form(b):
    """CLs = (1 - Phi(r - n)) / Phi(n) with r^2 = 2 (mu s - b ln(1 + mu s / b))."""
    s = math.sqrt(b)
    found = compute_expected_limits(exact(s), exact(b), 0.0)
    for n, limit in zip(BANDS, found, strict=True):
        r = math.sqrt(2 * (limit * s - b * math.log1p(limit * s / b)))
        assert norm.sf(r - n) / norm.cdf(n) == pytest.approx(0.05, rel=1e-3)
    if b == 1e8:  # the median of a Gaussian measurement, in units of its standard deviation
        assert found[2] == pytest.approx(1.96, abs=0.002)


def test_a_systematic_uncertainty_alone_sets_the_scale():
    """Of a hundred million events 1 % are excluded, not their square root, at 0.5 % each."""
    limits = compute_expected_limits(exact(1e6), exact(1e8), 0.005)
    assert limits[2] == pytest.approx(0.98, abs=0.02)


@pytest.mark.parametrize("systematic", [0.0, 0.15])
def test_limits_are_those_of_pyhf(systematic):
    workspace = pyhf.Workspace(make_workspace(SIGNAL, BACKGROUND, systematic))
    model = workspace.model()
    _, expected = toms748_scan(workspace.data(model), model, 0.0, 5.0, rtol=1e-3)
    found = compute_expected_limits(SIGNAL, BACKGROUND, systematic)
    assert found == pytest.approx([float(limit) for limit in expected], rel=3e-3)


@pytest.mark.parametrize("strength", [0.2, 1.0, 4.0])
def test_the_likelihood_ratio_is_that_of_pyhf(strength):
    workspace = pyhf.Workspace(make_workspace(SIGNAL, BACKGROUND, 0.15))
    model = workspace.model()
    data = workspace.data(model)
    _, fitted = pyhf.infer.mle.fixed_poi_fit(strength, data, model, return_fitted_val=True)
    # without a signal the expected background fits as it is
    null = model.config.suggested_init()
    null[model.config.poi_index] = 0.0
    expected = float(fitted) + 2 * float(model.logpdf(null, data)[0])
    found = compute_likelihood_ratio(strength * SIGNAL.values, BACKGROUND, 0.15)
    # its minimiser stops a little short of the minimum
    assert expected * (1 - 1e-4) < found < expected + 1e-6


def test_pyhf_reads_the_workspace_and_says_what_the_limit_says(tmp_path):
    """At the median limit CLs is 5 %, by the command line."""
    found = compute_expected_limits(SIGNAL, BACKGROUND, 0.1)
    scaled = Template(SIGNAL.values * found[2], SIGNAL.variances)
    workspace = make_workspace(scaled, BACKGROUND, 0.1)
    pyhf.schema.validate(workspace, "workspace.json")
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(workspace))
    command = [str(Path(sys.executable).parent / "pyhf"), "cls", str(path)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    assert json.loads(run.stdout)["CLs_exp"][2] == pytest.approx(0.05, abs=5e-4)


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.1, 50), st.floats(1, 1e7), st.floats(0.01, 1)), min_size=1, max_size=3
    ),
    st.floats(0.0, 0.5),
    st.floats(0.01, 100),
)
def test_more_uncertainty_excludes_less(bins, systematic, factor):
    s, b, relative = (np.array(column) for column in zip(*bins, strict=True))
    background = Template(b, relative**2 * b)
    limits = compute_expected_limits(Template(s, s), background, systematic)
    assert limits == sorted(limits)
    assert limits[0] > 0
    looser = compute_expected_limits(Template(s, s), background, 1.5 * systematic)
    assert looser[2] >= limits[2] * (1 - 1e-6)
    vague = compute_expected_limits(
        Template(s, s), Template(b, 2 * background.variances), systematic
    )
    assert vague[2] >= limits[2] * (1 - 1e-6)
    larger = compute_expected_limits(Template(s * factor, s), background, systematic)
    assert larger[2] == pytest.approx(limits[2] / factor, rel=1e-5)


def test_no_signal_has_no_limit():
    nothing = Template(np.array([0.0, -1.0, 0.0]), np.ones(3))
    assert compute_expected_limits(nothing, BACKGROUND, 0.1) is None


def test_each_bin_holds_half_of_the_one_below_and_enough_events():
    rng = np.random.default_rng(1)
    values, weights = rng.exponential(50, 4000), rng.uniform(0.5, 1.5, 4000)
    edges = choose_edges(values, weights, 20, 10.0)
    template = fill_template(values, weights, edges)
    effective = template.values**2 / template.variances
    assert len(effective) > 6
    assert effective.min() >= 10
    assert template.values.sum() == pytest.approx(weights.sum())
    assert template.values[1:-2] == pytest.approx(template.values[:-3] / 2, rel=0.05)
    # as the values do not matter but for their order
    moved = choose_edges(values**3, weights, 20, 10.0)
    np.testing.assert_array_equal(fill_template(values**3, weights, moved).values, template.values)


def test_one_bin_is_left_where_there_is_no_more():
    edges = choose_edges(np.arange(12.0), np.ones(12), 8, 10.0)
    assert edges.tolist() == [-np.inf, np.inf]
    with pytest.raises(ValueError, match="fewer than 10 effective background events"):
        choose_edges(np.arange(9.0), np.ones(9), 8, 10.0)


def test_negative_bins_are_merged():
    values = np.repeat([1.0, 2.0, 3.0], 40)
    weights = np.repeat([4.0, 1.0, 1.0], 40)
    weights[80:] = np.where(np.arange(40) < 25, -1.0, 1.0)
    template = fill_template(values, weights, choose_edges(values, weights, 8, 5.0))
    assert (template.values > 0).all()
    assert template.values.sum() == pytest.approx(weights.sum())
