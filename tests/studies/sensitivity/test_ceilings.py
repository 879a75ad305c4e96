"""Trees that are grown on each signal, and from other seeds, on Gaussians."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from labelled_events import draw_gaussians, write_material, write_sample
from rapidmass.studies.sensitivity.ceilings import measure_ceilings, measure_seeds

SHIFTS = {"near": 1.0, "far": 2.0}


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    return write_material(
        tmp_path_factory.mktemp("gaussians"), SHIFTS, subsample=0.5, colsample_bytree=0.5
    )


def test_trees_on_the_signal_come_near_the_best_there_is(material):
    """The likelihood ratio of Gaussians d apart has the AUC Phi(d / sqrt(2))."""
    found = measure_ceilings(material, list(SHIFTS), floor=10)
    for name, shift in SHIFTS.items():
        best = NormalDist().cdf(shift / 2**0.5)
        assert best - 0.03 < found[name]["roc"]["auc"]["value"] < best + 0.015
    one, tail = found["far"]["roc"]["efficiencies"]
    cut = NormalDist().inv_cdf(0.99)
    assert one["efficiency"] == pytest.approx(1 - NormalDist(2).cdf(cut), abs=0.12)
    assert tail["efficiency"] is None  # six events pass


def test_seeds_change_scores_but_not_what_they_find(material):
    found = measure_seeds(material, ["far"], ["near"], seeds=3, floor=10)
    values = [one["near"][0] for one in found["efficiencies"]]
    assert len(set(values)) > 1
    assert np.ptp(values) < 0.1
    assert 0.3 < found["overlap"] < 1


def test_a_signal_of_few_events_has_no_ceiling(material, tmp_path):
    few = write_sample(tmp_path / "few.parquet", draw_gaussians(150, 2.0, seed=3), 0.1, "few")
    found = measure_ceilings(replace(material, samples={"few": few}), ["few"], floor=10)
    assert found == {"few": {"roc": None}}
