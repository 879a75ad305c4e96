"""Samples of the prior: read by classifiers alone."""

import pytest
from snakemake.iocontainers import Wildcards

from jobs import inputs
from jobs.settings import describe_signal_events

TREES = {"family": "xgboost", "target": {"priors": ["phase_space"]}}


@pytest.fixture
def context(make):
    return make(architectures={"prior": TREES}, split={"folds": 2, "test_fraction": None})


def test_a_prior_is_made_if_a_classifier_learns_from_it(context, make):
    assert "phase_space" in context.used
    assert context.parts["phase_space"]
    assert "phase_space" not in make().used


def test_a_prior_is_no_signal_background_or_data(context):
    for selection in context.selections:
        assert "phase_space" not in context.list_selected(selection)
    assert "phase_space" not in context.signals
    assert not [scan for scan in context.scans if scan[2] == "phase_space"]
    wildcards = Wildcards(fromdict={"selection": "2lep", "representation": "rmm"})
    assert not [path for path in inputs.list_cutflows(context, wildcards) if "phase_space" in path]


def test_a_classifier_is_given_events_of_the_prior_in_each_selection(context):
    for selection in context.selections:
        wildcards = Wildcards(fromdict={"selection": selection, "model": "prior-fold-0"})
        (path,) = inputs.list_signals_of_model(context, wildcards)
        assert selection in path
        assert "phase_space" in path
    wildcards = Wildcards(fromdict={"selection": "2lep", "signal": "phase_space"})
    settings = describe_signal_events(context, wildcards)
    assert settings["members"][1] == [["phase_space", "phase_space", 1]]
