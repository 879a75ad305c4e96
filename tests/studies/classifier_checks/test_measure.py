"""Checks of trees on Gaussians, whose answers are known."""

from dataclasses import replace
from functools import partial
from statistics import NormalDist

import numpy as np
import pytest
import xgboost

from likeness import assert_alike
from rapidmass.models.export.onnx_model import Model
from rapidmass.scores import ordered
from rapidmass.scores.ordered import open_ordered, order_events
from rapidmass.search.sculpting import measure_sculpting
from rapidmass.search.separation import choose_axis
from rapidmass.studies.classifier_checks import measure
from rapidmass.studies.classifier_checks.calibration import measure_calibration
from rapidmass.studies.classifier_checks.correlations import correlate
from rapidmass.studies.classifier_checks.cuts import (
    SHARES,
    measure_composition,
    measure_purity,
)
from rapidmass.studies.classifier_checks.events import CheckedEvents, read_checked
from rapidmass.studies.classifier_checks.importance import measure_importance, share_contributions
from rapidmass.studies.classifier_checks.overtraining import measure_overtraining


@pytest.fixture(scope="module")
def events(trained):
    return read_checked(
        Model(trained.model, 1), trained.megasets, trained.signals, trained.settings,
        name="bdt", validation_fraction=trained.validation_fraction, most=10_000,
    )  # fmt: skip


def make_events(logit, label, *, weight=None, trained=None):
    n = len(logit)
    return CheckedEvents(
        np.zeros((n, 1), np.float32),
        label,
        np.ones(n) if weight is None else weight,
        np.zeros(n, np.bool_) if trained is None else trained,
        logit,
    )


def draw_calibrated(n, seed, scale=1.0):
    """Logits that are odds, but for a factor."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(0, 1.5, n)
    return make_events(scale * logit, rng.random(n) < 1 / (1 + np.exp(-logit)))


def test_events_are_those_of_training_and_those_of_the_other_fold(events):
    # of 6000: half in the fold, of the others four fifths in the training part
    assert events.trained.sum() == pytest.approx(2400, rel=0.05)
    assert (~events.trained).sum() == pytest.approx(3000, rel=0.05)
    # the scheme makes the sums of the classes of the training part equal
    sums = [events.weight[events.trained & (events.label == k)].sum() for k in (False, True)]
    assert sums[0] == pytest.approx(sums[1], rel=1e-6)
    assert np.isnan(events.x[:, 2]).mean() == pytest.approx(0.2, abs=0.03)


def test_fewer_events_are_a_part_of_all(trained, events):
    fewer = read_checked(
        Model(trained.model, 1), trained.megasets, trained.signals, trained.settings,
        name="bdt", validation_fraction=trained.validation_fraction, most=500,
    )  # fmt: skip
    assert fewer.label.sum() == pytest.approx(450, rel=0.2)
    assert set(fewer.x[:, 0]) < set(events.x[:, 0])


def test_true_odds_are_calibrated_and_others_are_not():
    found = measure_calibration(draw_calibrated(40_000, 1), 10)
    assert len(found["bins"]) == 10
    assert [entry["share"] for entry in found["bins"]] == pytest.approx([0.1] * 10, abs=1e-3)
    pulls = [
        (entry["observed"] - entry["predicted"]) / entry["uncertainty"] for entry in found["bins"]
    ]
    assert np.sum(np.square(pulls)) < 30  # of 10
    assert found["error"] < 0.01
    assert measure_calibration(draw_calibrated(40_000, 1, scale=3.0), 10)["error"] > 0.08


def test_the_calibration_error_has_a_closed_form():
    """All events get 1/2, and three quarters of the weight are signal."""
    label = np.array([True, False])
    found = measure_calibration(make_events(np.zeros(2), label, weight=np.array([3.0, 1.0])), 2)
    assert found["error"] == pytest.approx(0.25)


def test_trees_are_calibrated_on_what_they_never_saw(found):
    assert found["calibration"]["error"] < 0.06


def test_learning_by_heart_is_found_and_only_that():
    rng = np.random.default_rng(6)
    n = 4000
    label, trained = rng.random(n) < 0.5, rng.random(n) < 0.5
    logit = rng.normal(np.where(label, 1, 0), 1)
    honest = measure_overtraining(
        make_events(logit, label, trained=trained), permutations=99, rng=rng
    )
    assert all(one["p_value"] > 0.02 for one in honest["classes"].values())
    best = NormalDist().cdf(1 / np.sqrt(2))
    assert honest["auc"]["unseen"]["value"] == pytest.approx(best, abs=0.03)
    knowing = logit + np.where(trained & label, 0.5, 0)
    cheat = measure_overtraining(
        make_events(knowing, label, trained=trained), permutations=99, rng=rng
    )
    assert cheat["classes"]["signal"]["p_value"] == 0.01
    assert cheat["classes"]["background"]["p_value"] > 0.02
    values = cheat["classes"]["signal"]["trained"]["values"]
    assert sum(values) == pytest.approx(1)


def test_the_feature_that_tells_is_the_important_one(found):
    first, *others = found["importance"]
    assert first["feature"] == "f0"
    best = NormalDist().cdf(1 / np.sqrt(2))
    assert first["alone"] == pytest.approx(best, abs=0.03)
    # without it nothing is left
    assert first["loss"] == pytest.approx(first["alone"] - 0.5, abs=0.05)
    for entry in others:
        assert abs(entry["loss"]) < 0.02
        assert entry["contribution"] < 0.3 * first["contribution"]


def test_of_many_features_the_best_alone_are_measured(events):
    def score(x):
        return x[:, 0].astype(np.float64)

    rng = np.random.default_rng(1)
    (one,) = measure_importance(events, np.arange(3), score, repetitions=2, most=1, rng=rng)
    assert one["feature"] == 0


def test_contributions_add_up_to_the_score(trained, events):
    some = events.select(np.arange(len(events.logit)) < 1)
    booster = xgboost.Booster(model_file=trained.booster)
    data = xgboost.DMatrix(some.x, missing=np.nan)
    each = booster.predict(data, pred_contribs=True)[0]
    shares = share_contributions(trained.booster, some, np.arange(3))
    assert list(shares.values()) == pytest.approx(np.abs(each[:-1]), abs=1e-6)
    assert each.sum() == pytest.approx(booster.predict(data, output_margin=True)[0], abs=1e-5)


def test_rows_are_scored_as_events_are(trained, events):
    model = Model(trained.model, 1)
    found = model.run_rows(events.x, ["score_logit"])["score_logit"]
    np.testing.assert_allclose(found, events.logit, rtol=1e-6)
    assert len(model.run_rows(events.x[:0], ["score_logit"])["score_logit"]) == 0
    with pytest.raises(ValueError, match="has no output 'latent'"):
        model.run_rows(events.x, ["latent"])


def test_correlations_are_those_of_each_pair():
    rng = np.random.default_rng(7)
    x = rng.multivariate_normal([1e3, 0, 0], [[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1]], 5000)
    x = np.column_stack([x, np.ones(5000)])
    weight = rng.uniform(0.5, 2, 5000)
    x[rng.random(5000) < 0.3, 1] = np.nan
    found = correlate(x, weight)
    both = np.isfinite(x[:, 1])
    covariance = np.cov(x[both][:, :2].T, aweights=weight[both])
    expected = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    assert found[0, 1] == found[1, 0] == pytest.approx(expected, abs=1e-9)
    assert np.diag(found)[:3] == pytest.approx([1, 1, 1])
    assert np.isnan(found[3]).all()


def test_purity_has_a_closed_form(scored):
    background, signal = scored
    points = measure_purity(order_events(background), signal, 10)
    assert points[0]["background_efficiency"] == pytest.approx(1, abs=1e-3)
    assert points[0]["purity"] == pytest.approx(20 / 10020, rel=1e-3)
    cut = min(points, key=lambda point: abs(point["threshold"] - 1))
    normal = NormalDist()
    assert cut["background_efficiency"] == pytest.approx(1 - normal.cdf(cut["threshold"]), abs=0.01)
    assert cut["signal_efficiency"] == pytest.approx(1 - normal.cdf(cut["threshold"] - 2), abs=0.03)
    b, s = 1e4 * cut["background_efficiency"], 20 * cut["signal_efficiency"]
    assert cut["purity"] == pytest.approx(s / (s + b))
    # 0.5 each: fewer than ten events do not tell
    assert min(point["background_efficiency"] for point in points) >= 10 / 20000


def test_composition_follows_the_channels(scored):
    background, signal = scored
    high = np.where(background.score > 2, "ttbar", background.channel)
    background = replace(background, channel=high)
    bins = measure_composition(order_events(background), signal, ["Zjets", "ttbar", "none"])
    assert [entry["share"] for entry in bins] == list(SHARES)
    assert bins[0]["channels"] == pytest.approx({"Zjets": 0.5, "ttbar": 0.5, "none": 0}, abs=0.02)
    assert bins[-1]["channels"]["ttbar"] == 1
    assert sum(entry["events"] for entry in bins) == pytest.approx(1e4)
    assert sum(entry["signal"] for entry in bins) == pytest.approx(20)


def test_pieces_give_the_same_numbers(found, scored, checks, tmp_path, monkeypatch):
    background, signal = scored
    for module in (measure, ordered):
        monkeypatch.setattr(module, "open_ordered", partial(open_ordered, events_per_piece=3000))
    again = measure.check_scores(
        lambda: background.cut(7000), [signal], checks, channels=["Zjets", "ttbar"],
        minimum_effective_events=10, folder=tmp_path,
    )  # fmt: skip
    assert_alike(again, {name: found[name] for name in again}, rel=1e-11)


def test_what_the_score_knows_is_sculpted(scored):
    pieces = order_events(scored[0])
    met, mass = (
        measure_sculpting(pieces, name, choose_axis([pieces[0].variables[name]]), (1.0, 0.1, 0.01))[
            "cuts"
        ]
        for name in ("met", "m_ll")
    )
    assert [cut["background_efficiency"] for cut in met] == [1, 0.1, 0.01]
    # the tenth with the largest score is that with the largest MET: nine tenths are elsewhere
    assert met[1]["distance"] == pytest.approx(0.9, abs=0.02)
    assert met[0]["distance"] == 0
    assert mass[1]["distance"] < 0.06
