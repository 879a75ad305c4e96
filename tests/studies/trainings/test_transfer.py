"""What a training keeps of the own training of signals in other categories."""

import numpy as np
import pytest

from rapidmass.scores.read import ScoredEvents
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.studies.trainings.categories import count_trials
from rapidmass.studies.trainings.combinations import combine
from rapidmass.studies.trainings.stacks import Stack
from rapidmass.studies.trainings.transfer import (
    SEVERAL,
    Category,
    measure_together,
    measure_transfer,
)

A1, A2, B2 = (
    Category({"theory": theory, "mass": mass}, signals)
    for theory, mass, signals in (
        ("A", "low", ("a", "b")), ("A", "high", ("c",)), ("B", "high", ("d",)),
    )
)  # fmt: skip
OWN = {"a": "a alone", "b": "b alone", "c": "A high", "d": "B high"}


def make_row(name, kind, **cells):
    """Each cell: the AUC lost, the efficiency kept, and the significance."""
    keys = ("auc_loss", "ratio", "significance")
    return {
        "name": name, "kind": kind,
        "cells": {signal: dict(zip(keys, cell, strict=True)) for signal, cell in cells.items()},
    }  # fmt: skip


@pytest.fixture
def compared():
    nothing = (0.0, 1.0, 2.0)
    rows = [
        make_row("A low", "training", a=(0.01, 0.9, 1.8), b=(0.03, 0.7, 1.4), c=(0.1, 0.5, 1.0),
                 d=(0.4, None, 0.2)),
        make_row("A high", "training", a=(0.2, 0.4, 0.8), b=(0.2, 0.4, 0.6), c=nothing,
                 d=(0.3, 0.1, None)),
        make_row("B high", "training", a=(0.5, 0.0, 0.0), b=(0.5, 0.0, 0.2), c=(0.2, 0.2, 0.4),
                 d=nothing),
        make_row("a alone", "training", a=nothing), make_row("b alone", "training", b=nothing),
        make_row("stacking", "combination", a=nothing, b=nothing, c=(0.1, 0.5, 1.0), d=nothing),
    ]  # fmt: skip
    return {"rows": rows, "own": OWN}


def test_pairs_are_put_together_by_what_differs(compared):
    found = {row["difference"]: row for row in measure_transfer(compared, [A1, A2, B2])}
    assert list(found) == ["same category", "theory", "mass", SEVERAL]
    # the own training of c and d makes no pair with it
    assert {name: row["pairs"] for name, row in found.items()} == {
        "same category": 2, "theory": 2, "mass": 3, SEVERAL: 3,
    }  # fmt: skip
    assert found["same category"]["auc_loss"]["median"] == pytest.approx(0.02)
    assert found["same category"]["significance"]["median"] == pytest.approx((0.9 + 0.7) / 2)
    # trained on A low and on B high: c and d; of one no significance is defined
    assert found["theory"]["significance"] == {
        "number": 1, "low": 0.2, "median": 0.2, "high": 0.2
    }  # fmt: skip
    assert found["mass"]["efficiency"]["median"] == pytest.approx(0.4)
    assert found[SEVERAL]["efficiency"]["number"] == 2


def test_combinations_are_held_against_all_signals(compared):
    (found,) = measure_together(compared)
    assert (found["name"], found["pairs"]) == ("stacking", 4)
    assert found["significance"]["median"] == 1
    assert found["significance"]["low"] < 1


def make_stack(scores):
    n = len(scores)
    keys = make_event_keys(1, "b", np.ones(n, np.int64), np.arange(n, dtype=np.uint64))
    met = {"met": np.ones(n, np.float32)}
    return Stack(ScoredEvents(keys, np.full(n, "b"), scores[:, 0], np.ones(n), met), scores)


@pytest.mark.parametrize(("independent", "expected"), [(True, 8.0), (False, 1.0)])
def test_independent_scores_are_so_many_trials_and_equal_ones_a_single_one(
    tmp_path, independent, expected
):
    scores = np.random.default_rng(1).normal(size=(20_000, 8))
    if not independent:
        scores[:] = scores[:, :1]
    stack = make_stack(scores)
    rated, _ = combine("largest_quantile", lambda: [stack], {}, [], folds=5, folder=tmp_path)
    (background,) = rated()
    for trials in count_trials(background, floor=10):
        assert trials["number"] == pytest.approx(expected, rel=0.15)
    assert count_trials(background, floor=1e6)[0]["number"] is None
