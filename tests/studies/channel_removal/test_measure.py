"""Channel removal, with networks that were really trained with and without a channel."""

from functools import partial

import numpy as np
import pyarrow.parquet as pq
import pytest

from example_networks import make_autoencoder
from likeness import assert_alike
from rapidmass.scores.ordered import open_ordered, order_events
from rapidmass.scores.read import read_background
from rapidmass.search import scored_pairs
from rapidmass.studies.channel_removal.measure import measure_removal, split_channel
from synthetic_megasets import write_events
from trained_variants import Variants, make_background

SETTINGS = {"luminosity": 1000.0, "scored_share": 0.2, "minimum_effective_events": 1.0}
SCORERS = [("ae", "score")]


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    folder = tmp_path_factory.mktemp("removal")
    megasets = [
        write_events(folder / f"{k}.parquet", make_background(3000, seed=k + 1)) for k in range(2)
    ]
    test = write_events(folder / "test.parquet", make_background(2000, seed=77))
    network = make_autoencoder(epochs=3, batch_size=64)
    variants = Variants(folder, network, [test], {})
    return {
        "full": variants.make("ae", megasets) / "background.parquet",
        "without": variants.make("ae-without-odd", megasets, excluded_channel="odd")
        / "background.parquet",
    }


def measure(scores, channels):
    folder = scores["full"].parent
    return measure_removal(scores, SCORERS, channels, folder=folder, **SETTINGS)["channels"]


@pytest.fixture(scope="module")
def odd(scores):
    return measure(scores, ["odd"])["odd"]


def test_a_channel_is_more_anomalous_where_it_was_not_trained_on(odd):
    found = odd["scorers"]["ae"]
    gain = found["without"]["auc"] - found["full"]["auc"]
    assert gain > 2 * found["full"]["auc_uncertainty"] > 0


def test_the_removed_channel_is_set_against_all_others(scores, odd):
    table = pq.read_table(scores["without"]).to_pandas()
    removed = table[table["channel"] == "odd"]
    rest = table[table["channel"] != "odd"]
    larger = removed["score"].to_numpy()[:, None] > rest["score"].to_numpy()[None, :]
    weights = removed["weight"].to_numpy()[:, None] * rest["weight"].to_numpy()[None, :]
    auc = (larger * weights).sum() / weights.sum()
    assert odd["scorers"]["ae"]["without"]["auc"] == pytest.approx(auc)
    assert odd["removed"]["events"] == len(removed) == 500
    assert odd["rest"]["events"] == len(rest) == 1500
    assert odd["removed"]["expected"] == pytest.approx(removed["weight"].sum() * 1000 / 0.2)


def test_the_distributions_hold_all_expected_events(odd):
    found = odd["scorers"]["ae"]
    for kind in ("full", "without"):
        for group in ("removed", "rest"):
            shape = found[kind]["shapes"][group]
            assert len(shape["values"]) == len(found["edges"]) - 1
            assert sum(shape["values"]) == pytest.approx(odd[group]["expected"])


def test_channels_do_not_depend_on_each_other(scores, odd):
    both = measure(scores, ["top", "odd"])
    assert list(both) == ["top", "odd"]
    assert both["odd"] == odd
    # with two channels only, one is the rest of the other
    other = both["top"]["scorers"]["ae"]["full"]["auc"]
    assert other == pytest.approx(1 - odd["scorers"]["ae"]["full"]["auc"])


def test_a_baseline_is_measured_as_it_is(scores, odd):
    full = {"full": scores["full"]}
    found = measure(full, ["odd"])["odd"]
    assert set(found["scorers"]["ae"]) == {"edges", "full"}
    assert found["scorers"]["ae"]["full"]["auc"] == odd["scorers"]["ae"]["full"]["auc"]


def test_a_channel_without_events_is_undefined(scores):
    found = measure(scores, ["none"])["none"]
    assert found["removed"] == {"events": 0, "expected": 0.0, "effective": 0.0}
    assert found["scorers"]["ae"]["without"]["auc"] is None
    assert sum(found["scorers"]["ae"]["without"]["shapes"]["removed"]["values"]) == 0


def test_scores_of_other_events_are_refused(scores, tmp_path):
    table = pq.read_table(scores["without"])
    pq.write_table(table.slice(1), tmp_path / "other.parquet")
    wrong = {"full": scores["full"], "without": tmp_path / "other.parquet"}
    with pytest.raises(ValueError, match=r"other\.parquet holds scores of other events than"):
        measure(wrong, ["odd"])


def test_every_event_is_on_one_side(scores):
    events = read_background(scores["full"], luminosity=1.0, scored_share=0.2)
    removed, rest = (part[0] for part in split_channel(order_events(events), "odd"))
    odd = events.channel == "odd"
    for part, chosen in ((removed, odd), (rest, ~odd)):
        np.testing.assert_array_equal(part.score, np.sort(events.break_ties().score[chosen]))


def test_pieces_give_the_same_numbers(scores, odd, monkeypatch):
    few = partial(open_ordered, events_per_piece=300)
    monkeypatch.setattr(scored_pairs, "open_ordered", few)
    assert_alike(measure(scores, ["odd"])["odd"], odd, rel=1e-11)
