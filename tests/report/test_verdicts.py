import numpy as np
import pytest

from rapidmass.report.verdicts import compare_scans, judge_cut

SPREAD = np.random.default_rng(1).normal(0, 0.2, 100)  # that all scorers share


def make_scan(efficiency, z, *, alone=1.0, noise=0.0):
    own = np.random.default_rng(int(1000 * (z or 0))).normal(0, noise, 100)
    return {
        "roc": {"efficiencies": [{"background_efficiency": 0.01, "efficiency": efficiency}]},
        "best": None if z is None else {"profiled": z},
        "cuts": [{"best": None if alone is None else {"profiled": alone}}],
        "bootstrap": {
            "efficiency": ((efficiency or 0.0) + SPREAD + own).tolist(),
            "profiled": ((z or 0.0) + SPREAD + own).tolist(),
            "alone": ((alone or 0.0) + SPREAD).tolist(),
        },
    }


@pytest.mark.parametrize(
    ("efficiency", "z", "noise", "verdict"),
    [
        (0.40, 2.0, 0.0, "better"),  # by less than either fluctuates
        (0.40, 2.0, 0.1, "undecided: efficiency against ht"),
        (0.25, 2.0, 0.0, "not better: efficiency against ht"),
        (0.40, 0.8, 0.0, "not better: Z against met"),
        (0.10, 0.1, 0.0, "not better: efficiency against met, ht; Z against met, ht"),
        (None, 2.0, 0.0, "undecided: efficiency against met, ht"),
        (0.40, None, 0.0, "undecided: Z against met, ht"),
    ],
)
def test_a_network_must_be_better_than_every_baseline_in_both(efficiency, z, noise, verdict):
    baselines = {"met": make_scan(0.2, 1.0), "ht": make_scan(0.3, 0.5)}
    assert compare_scans(make_scan(efficiency, z, noise=noise), baselines) == verdict


def test_what_cannot_be_compared_is_said():
    assert compare_scans(make_scan(0.4, 1.0), {}) == "no baseline to compare with"
    nothing = {"met": make_scan(None, None)}
    verdict = compare_scans(make_scan(0.4, 1.0), nothing)
    assert verdict == "undecided: efficiency against met; Z against met"


@pytest.mark.parametrize(
    ("z", "noise", "verdict"),
    [
        (1.05, 0.0, "better"),
        (1.05, 0.1, "undecided"),
        (0.95, 0.0, "not better"),
        (0.5, 0.1, "not better"),
    ],
)
def test_a_cut_on_the_score_is_compared_with_none(z, noise, verdict):
    assert judge_cut(make_scan(0.4, z, noise=noise)) == verdict


def test_a_cut_that_gives_nothing_is_undefined():
    assert judge_cut(make_scan(0.4, None)) == "undefined"
    assert judge_cut(make_scan(0.4, 1.0, alone=None)) == "undefined"
