"""A hunt from events to p-values, on a toy with exact answers."""

import numpy as np
import pytest
from scipy.stats import kstest, norm

from bump_events import CENTRE, draw_events, make_settings
from rapidmass.search.bumps.ensembles import Trees, grow_ensemble, weigh_regions
from rapidmass.search.bumps.hunt import (
    check_events,
    count_window,
    draw_folds,
    make_spectrum,
    pass_cuts,
)
from rapidmass.search.bumps.p_values import (
    compute_bonferroni,
    compute_global,
    find_smallest,
    measure_spread,
)
from rapidmass.search.bumps.toys import SmoothSpectrum, draw_toy, run_toys
from rapidmass.search.bumps.window_scores import score_window
from rapidmass.search.bumps.windows import HIGH, LOW, SIGNAL, Window, place_windows

SETTINGS = make_settings()
ENERGY = 13000.0
AT_SIGNAL = Window(
    *(CENTRE * np.exp(x) for x in (-0.3, -0.06, -0.06, 0.06, 0.06, 0.3))
)  # fmt: skip


def hunt(events, window, settings=SETTINGS, *, seed=1, score=None):
    """Measure the excess of one window behind all cuts."""
    if score is None:
        score = score_window(events, window, settings, seed=seed).score
    fold, spectrum = draw_folds(events.key, settings.folds), make_spectrum(settings, window, ENERGY)
    counts = count_window(events.mass, score, fold, window, spectrum, settings.efficiencies)
    return spectrum.measure(counts)


def run(events, settings, seed):
    """Run a whole hunt with trees of its own: significances, shape (windows, cuts)."""
    found = [
        hunt(events, window, settings, seed=seed + 1000 * k).significance
        for k, window in enumerate(place_windows(settings))
    ]
    return np.array(found)


def test_regions_have_the_same_weight_however_many_events_they_have():
    region = np.repeat(np.array([0, LOW, SIGNAL, HIGH], np.int8), [5, 10, 20, 40])
    weight = weigh_regions(region)
    assert [weight[region == part].sum() for part in (0, LOW, SIGNAL, HIGH)] == pytest.approx(
        [0, 0.25, 0.5, 0.25]
    )


def test_cuts_keep_their_share_of_the_sidebands_of_each_fold():
    rng = np.random.default_rng(1)
    score, fold = rng.random(6000).astype(np.float32), rng.integers(3, size=6000)
    score += fold  # the folds have scales of their own
    region = rng.choice(np.array([LOW, SIGNAL, HIGH], np.int8), 6000)
    passing = pass_cuts(score, region, fold, [1, 0.1])
    assert passing[0].all()
    for number in range(3):
        known = (fold == number) & (region != SIGNAL)
        assert passing[1, known].mean() == pytest.approx(0.1, abs=1 / known.sum())


def test_a_hidden_signal_is_found_behind_cuts_and_not_before():
    found = hunt(draw_events(20000, 100), AT_SIGNAL)
    assert found.significance[0] < 4.5
    assert found.significance[1:].max() > 6


def test_noise_is_no_signal_unless_trees_saw_the_events_that_they_judge():
    """A leak between folds makes an excess of nothing; as it is done, there is none."""
    events = draw_events(20000)
    honest = hunt(events, AT_SIGNAL)
    assert np.nanmax(np.abs(honest.significance)) < 4
    region = AT_SIGNAL.divide(events.mass)
    rows = region > 0
    trees = Trees(models=4, rounds=40)
    seen = grow_ensemble(
        events.features[rows], region[rows] == SIGNAL, weigh_regions(region[rows]), trees, seed=1
    )
    leaked = hunt(events, AT_SIGNAL, score=seen.score(events.features))
    assert leaked.significance[1] > 4.5


def test_events_that_take_no_part_are_scored_and_change_nothing():
    events, more = draw_events(8000, 100), draw_events(500, 100, seed=2)
    joined = events._replace(
        key=np.concatenate([events.key, more.key]),
        mass=np.concatenate([events.mass, more.mass]),
        features=np.concatenate([events.features, more.features]),
    )
    own = np.arange(len(joined.key)) < len(events.key)
    alone = score_window(events, AT_SIGNAL, SETTINGS, seed=1).score
    both = score_window(joined, AT_SIGNAL, SETTINGS, seed=1, own=own).score
    assert np.array_equal(both[own], alone)
    assert both[-100:].mean() > both[own].mean()


def test_threads_change_nothing():
    events = draw_events(4000, 50)
    one, two = (
        score_window(events, AT_SIGNAL, SETTINGS, seed=1, threads=threads).score
        for threads in (1, 2)
    )
    assert np.array_equal(one, two)


def test_a_window_with_few_events_is_an_error_that_names_the_key():
    with pytest.raises(ValueError, match=r"(low|high) sideband has \d+ events.*studies.bump_hunt"):
        check_events(draw_events(1500), AT_SIGNAL, 3, SETTINGS)


def test_masses_of_toys_are_of_the_smooth_spectrum():
    settings = make_settings(range={"start": 100, "stop": 500})
    mass = draw_events(100_000).mass
    drawn = SmoothSpectrum(mass, settings, ENERGY).draw(20000, np.random.default_rng(1))
    exact = lambda m: (1 - (100 / m) ** 4) / (1 - 5.0**-4)  # noqa: E731
    assert kstest(exact(drawn), "uniform").pvalue > 0.01


def test_hunts_with_scores_as_they_are_have_p_values_that_are_uniform():
    settings = make_settings(toys=200, efficiencies=[1, 0.1], range={"start": 140, "stop": 290})
    events = draw_events(6000)
    inside = (events.mass >= 140) & (events.mass < 290)
    score = np.random.default_rng(1).random((3, inside.sum())).astype(np.float32)
    scores = score[: len(place_windows(settings))]
    key, mass = events.key[inside], events.mass[inside]
    smooth, fold = SmoothSpectrum(mass, settings, ENERGY), draw_folds(key, settings.folds)
    for window, values in zip(place_windows(settings), scores, strict=True):
        toys = run_toys(fold, values, window, smooth, settings, energy=ENERGY, seed=1)
        assert toys.shape == (200, 2)
        assert kstest(toys[:, 0], norm.cdf).pvalue > 0.01
        assert kstest(toys[:, 1], norm.cdf).pvalue > 0.001


def test_p_values_of_many_trials_have_closed_forms():
    p_values = np.array([[0.2, np.nan], [0.01, 0.5]])
    assert find_smallest(p_values) == 0.01
    assert compute_bonferroni(p_values) == pytest.approx(0.03)
    assert compute_global(0.01, np.array([0.5, 0.01, 0.3])) == pytest.approx(2 / 4)
    assert compute_global(0.01, np.zeros(0)) is None
    assert find_smallest(np.full((2, 2), np.nan)) == 1


def test_the_spread_of_significances_has_a_closed_form():
    found = np.array([[[3.0, 0.1]], [[-1.0, np.nan]]])
    assert measure_spread(found) == pytest.approx([np.sqrt(5), 1])
    assert measure_spread(np.zeros((0, 2, 3))) == pytest.approx([1, 1, 1])


def find_ranks(experiments, toys, settings, *, events=3000):
    """Find the global p-value of data sets without a signal, trees grown anew in each toy.

    Ranks among few toys are discrete: a uniform number spreads each over its share.
    """
    rng, found = np.random.default_rng(3), []
    for number in range(experiments):
        data = draw_events(events, seed=10000 + number)
        inside = (data.mass >= settings.range.start) & (data.mass < settings.range.stop)
        data = data._replace(
            key=data.key[inside], mass=data.mass[inside], features=data.features[inside]
        )
        smooth = SmoothSpectrum(data.mass, settings, ENERGY)
        again = np.array([
            run(
                data._replace(mass=draw_toy(smooth, len(data.mass), number, toy)),
                settings, 777 * toy + number,
            )
            for toy in range(toys)
        ])  # fmt: skip
        spread = measure_spread(again)
        smallest = float(find_smallest(norm.sf(run(data, settings, number) / spread)))
        p_value = compute_global(smallest, find_smallest(norm.sf(again / spread)))
        found.append(p_value - rng.random() / (toys + 1))
    return np.array(found)


@pytest.mark.parametrize(
    ("experiments", "toys", "windows"),
    [(10, 3, {"start": 140, "stop": 270}),
     pytest.param(100, 9, {"start": 140, "stop": 310}, marks=pytest.mark.long)],
)  # fmt: skip
def test_global_p_values_are_uniform_without_a_signal(experiments, toys, windows):
    """The whole chain with gates, classifiers, cuts, fits and toys, for each data set."""
    settings = make_settings(
        ensemble=2, trees=10, leaves=8, folds=2, efficiencies=[1, 0.1, 0.03], range=windows,
        minimum_training=100,
    )  # fmt: skip
    ranks = find_ranks(experiments, toys, settings)
    assert kstest(ranks, "uniform").pvalue > 0.05
