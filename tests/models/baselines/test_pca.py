import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from rapidmass.config.models.fitted_baseline import PrincipalComponents
from rapidmass.models.baselines import pca
from rapidmass.models.baselines.base import FittedModel
from rapidmass.models.baselines.training_events import TrainingEvents
from rapidmass.representations.base import select_elements
from rapidmass.representations.tables import decode
from rapidmass.storage.tables import sort_by_key
from synthetic_megasets import MATRIX, make_events

CELLS = select_elements(MATRIX)


def set_weights(table, weights):
    index = table.schema.get_field_index("weight")
    return table.set_column(index, "weight", pa.array(np.asarray(weights, dtype=np.float64)))


def get_model(baseline):
    return baseline.compute.args[0]


def scale(baseline, table):
    return get_model(baseline).scaler.transform(decode(table), CELLS).astype(float)


def score_by_scikit_learn(reference, x):
    left = x - reference.inverse_transform(reference.transform(x))
    return np.log10((left**2).sum(axis=1))


@pytest.mark.parametrize("components", [1, 5, 20, 0.5, 0.95, 0.995])
def test_with_equal_weights_it_is_that_of_scikit_learn(fit_anew, events, components):
    training = set_weights(events.slice(0, 1000), np.full(1000, 0.3))
    baseline = fit_anew({"kind": "pca", "components": components}, training)
    reference = PCA(components, svd_solver="full").fit(scale(baseline, training))
    assert get_model(baseline).arrays["components"].shape == reference.components_.shape
    expected = score_by_scikit_learn(reference, scale(baseline, events))
    np.testing.assert_allclose(baseline.score(events)["score"], expected, rtol=1e-5, atol=1e-5)


def test_an_event_of_weight_three_counts_as_three(fit_anew, events):
    times = np.arange(events.num_rows) % 4
    baseline = fit_anew({"kind": "pca", "components": 8}, set_weights(events, 0.1 * times))
    x = scale(baseline, events)
    reference = PCA(8, svd_solver="full").fit(np.repeat(x, times, axis=0))
    expected = score_by_scikit_learn(reference, x)
    np.testing.assert_allclose(baseline.score(events)["score"], expected, rtol=1e-5, atol=1e-5)
    unweighted = score_by_scikit_learn(PCA(8, svd_solver="full").fit(x), x)
    assert not np.allclose(unweighted, expected, rtol=1e-3)


@pytest.mark.parametrize(
    ("treatment", "weight_of_others"), [("keep", 0.0), ("absolute_rescaled", 2.0), ("drop", 1.0)]
)
def test_negative_weights(fit_anew, events, treatment, weight_of_others):
    """Other events of the channel come twice, with opposite weights: kept, they cancel."""
    others = make_events(1000, seed=5, hardness=2, sample="others")
    weights = np.ones(events.num_rows + others.num_rows)

    def fit_with(weight, *opposites):
        tables = [events, set_weights(others, np.full(others.num_rows, weight)), *opposites]
        joined = pa.concat_tables([set_weights(events, weights[: events.num_rows]), *tables[1:]])
        content = {"kind": "pca", "components": 8, "negative_weights": treatment}
        return fit_anew(content, sort_by_key(joined)).score(events)["score"]

    found = fit_with(1.0, set_weights(others, np.full(others.num_rows, -1.0)))
    np.testing.assert_allclose(found, fit_with(weight_of_others), rtol=1e-4, atol=1e-5)
    assert not np.allclose(found, fit_with(0.0 if weight_of_others else 1.0), rtol=1e-3)


def test_absolute_weights_keep_the_share_of_their_channel(fit_anew, events):
    """Other events are a channel of their own and come twice, with weights of 1 and -0.5."""
    others = make_events(1000, seed=5, hardness=2, sample="others")
    place = others.schema.get_field_index("channel")
    others = others.set_column(place, others.schema.field("channel"), pa.array(["others"] * 1000))
    first = set_weights(events, np.ones(events.num_rows))

    def fit_with(*weights):
        tables = [set_weights(others, np.full(others.num_rows, weight)) for weight in weights]
        content = {"kind": "pca", "components": 8, "negative_weights": "absolute_rescaled"}
        joined = sort_by_key(pa.concat_tables([first, *tables]))
        return fit_anew(content, joined).score(events)["score"]

    found = fit_with(1.0, -0.5)
    np.testing.assert_allclose(found, fit_with(0.5), rtol=1e-4, atol=1e-5)
    assert not np.allclose(found, fit_with(1.5), rtol=1e-3)


@settings(max_examples=15, deadline=None)
@given(share=st.floats(0.05, 0.995))
def test_components_explain_the_share_that_is_asked_for_and_no_more_than_needed(
    megaset, training, scaler, share
):
    chosen = PrincipalComponents(components=share)
    events = TrainingEvents([megaset], scaler, CELLS, validation_fraction=0.25, seed=1, threads=1)
    found = pca.fit(chosen, events)
    x = scaler.transform(decode(training), CELLS).astype(float)
    weight = training.column("weight").to_numpy()
    centred = x - np.average(x, axis=0, weights=weight)
    explained = np.average((centred @ found["components"].T) ** 2, axis=0, weights=weight)
    total = np.average((centred**2).sum(axis=1), weights=weight)
    assert np.allclose(found["components"] @ found["components"].T, np.eye(len(explained)))
    assert (np.diff(explained) <= 1e-12).all()
    assert explained.sum() >= share * total * (1 - 1e-9)
    assert explained[:-1].sum() < share * total


def test_more_components_leave_less(fit, events):
    scores = [fit({"kind": "pca", "components": n}).score(events)["score"] for n in (2, 6, 12)]
    assert (np.diff(scores, axis=0) <= 1e-5).all()


def test_a_perfect_reconstruction_has_a_finite_score(scaler, events):
    event = events.slice(7, 1)
    mean = scaler.transform(decode(event), CELLS)[0].astype(np.float64)
    arrays = {"mean": mean, "components": np.eye(2, len(CELLS))}
    found = pca.score(FittedModel(scaler, CELLS, arrays), event)
    np.testing.assert_allclose(found, -37.93, atol=0.01)


def test_what_cannot_be_fitted_is_refused(fit, fit_anew, events):
    with pytest.raises(ValueError, match="37 principal components of 36 features"):
        fit({"kind": "pca", "components": 37})
    same = pa.concat_tables([events.slice(5, 1)] * 3)
    with pytest.raises(ValueError, match="are all the same"):
        fit_anew({"kind": "pca"}, same)
    negative = set_weights(events, np.full(events.num_rows, -1.0))
    with pytest.raises(ValueError, match="total weight of -3000 pb with negative_weights: keep"):
        fit_anew({"kind": "pca"}, negative)
    with pytest.raises(ValueError, match="total weight of 0 pb with negative_weights: drop"):
        fit_anew({"kind": "pca", "negative_weights": "drop"}, negative)
