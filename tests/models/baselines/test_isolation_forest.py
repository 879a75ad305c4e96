import numpy as np
import pyarrow as pa
import pytest
from sklearn.ensemble import IsolationForest as Grower

from rapidmass.config.models.fitted_baseline import IsolationForest
from rapidmass.config.models.training import ScalingSettings
from rapidmass.models.baselines.drawn_events import draw_events
from rapidmass.models.baselines.training_events import TrainingEvents
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.representations.base import select_elements
from rapidmass.representations.tables import decode
from synthetic_megasets import MATRIX, make_events, write_events

CELLS = select_elements(MATRIX)
FOREST = {"kind": "isolation_forest", "n_estimators": 20}


def set_weights(table, weights):
    index = table.schema.get_field_index("weight")
    return table.set_column(index, "weight", pa.array(np.asarray(weights, dtype=np.float64)))


@pytest.mark.parametrize("max_samples", [3, 4, 256, 10_000])
def test_scores_are_those_of_scikit_learn(fit_anew, events, max_samples):
    """With equal weights each event is drawn once, in the order of the file."""
    training = set_weights(events, np.full(events.num_rows, 0.25))
    baseline = fit_anew({**FOREST, "max_samples": max_samples}, training, seed=11)
    scaler = baseline.compute.args[0].scaler
    x = scaler.transform(decode(training), CELLS)
    grower = Grower(n_estimators=20, max_samples=min(max_samples, len(x)), random_state=11).fit(x)
    other = make_events(500, seed=2, hardness=2)
    expected = -grower.score_samples(scaler.transform(decode(other), CELLS))
    np.testing.assert_allclose(baseline.score(other)["score"], expected, rtol=1e-6)
    assert len(np.unique(expected)) > 2


def test_the_seed_decides_the_trees(fit, events):
    scores = [fit(FOREST, seed=seed).score(events)["score"] for seed in (1, 1, 2)]
    assert np.array_equal(scores[0], scores[1])
    assert not np.array_equal(scores[0], scores[2])


def test_what_has_little_weight_is_anomalous(fit_anew, events):
    muon = decode(events).counts[:, 2] > 0
    means = []
    for weights in (np.where(muon, 1e-3, 1), np.where(muon, 1, 1e-3)):
        score = fit_anew(FOREST, set_weights(events, weights)).score(events)["score"]
        means.append(score[muon].mean() - score[~muon].mean())
    # without weights, both are the same
    assert means[0] > means[1] + 0.02


def draw(tmp_path, table, seed=1, **settings):
    path = write_events(tmp_path / "drawn.parquet", table)
    scaler = fit_scaler([path], ScalingSettings(), validation_fraction=0)
    chosen = IsolationForest(**settings)
    x = draw_events(chosen, TrainingEvents([path], scaler, CELLS, 0, seed=seed, threads=1))
    # who is who: the first cell, MET, differs from event to event
    met = scaler.transform(decode(table), CELLS)[:, 0]
    assert len(np.unique(met)) == len(met)
    return np.array([np.count_nonzero(x[:, 0] == value) for value in met])


@pytest.fixture
def some(events):
    return events.slice(0, 400)


def test_events_are_drawn_as_often_as_their_weights_say(some, tmp_path):
    weights = 1 + np.arange(400) % 5
    expected = 400 * weights / weights.sum()
    times = np.array([draw(tmp_path, set_weights(some, weights), seed) for seed in range(30)])
    assert np.isin(times - np.floor(expected), (0, 1)).all()
    part = expected - np.floor(expected)
    assert 0 < part.max() < 1
    pull = (times.mean(axis=0) - expected) / np.sqrt(part * (1 - part) / 30).clip(0.01)
    assert abs(pull.mean()) < 0.2
    assert pull.std() == pytest.approx(1, abs=0.2)


def test_no_more_are_drawn_than_allowed(some, tmp_path):
    times = draw(tmp_path, some, max_events=100)
    assert times.max() == 1
    assert times.sum() == pytest.approx(100, abs=40)


def test_an_event_is_drawn_whatever_others_there_are(some, tmp_path):
    """Here one of weight 1, in 400 and in 200 events of the same mean weight."""
    equal = set_weights(some, np.ones(400))
    whole = draw(tmp_path, equal, max_events=100)
    half = draw(tmp_path, equal.slice(100, 200), max_events=50)
    assert np.array_equal(half, whole[100:300])


@pytest.mark.parametrize("treatment", ["absolute_rescaled", "drop"])
def test_negative_weights(some, tmp_path, treatment):
    weights = np.where(np.arange(400) % 4 == 0, -1.0, 1.0)
    times = draw(tmp_path, set_weights(some, weights), negative_weights=treatment)
    if treatment == "absolute_rescaled":  # in one channel, all weights are alike
        assert (times == 1).all()
    else:
        assert (times[weights < 0] == 0).all()
        assert (times[weights > 0] >= 1).all()


def test_too_little_to_grow_on_is_refused(fit_anew, some):
    with pytest.raises(ValueError, match="1 events to grow an isolation forest on, of 1"):
        fit_anew(FOREST, set_weights(some.slice(0, 1), [1.0]))
    for weights, treatment in ((np.full(400, -1), "drop"), (np.zeros(400), "absolute_rescaled")):
        with pytest.raises(ValueError, match=f"total weight of 0 pb with .*{treatment}"):
            fit_anew({**FOREST, "negative_weights": treatment}, set_weights(some, weights))
