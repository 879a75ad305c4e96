import numpy as np
import pyarrow as pa
import pytest

from labelled_events import FRACTION, draw_gaussians, fit, write_sample
from rapidmass.config.models.baseline import RectangularCuts
from rapidmass.datasets.folds import Fold, is_seen
from rapidmass.models.baselines.registry import fit_baseline, load_baseline
from rapidmass.representations.table.representation import PREFIX
from rapidmass.storage.parquet import read_shard
from synthetic_megasets import write_events

LUMINOSITY = 1000.0


def make_cuts(**changes):
    settings = {"target": {"signals": ["s"]}, "cuts": {"f0": "above"}, "trials": 300}
    return RectangularCuts(**{**settings, **changes})


def write(folder, background, signal, weights=(1.0, 0.01)):
    megasets = [write_sample(folder / "b.parquet", background, weights[0], "b")]
    return megasets, {"s": write_sample(folder / "s.parquet", signal, weights[1], "s")}


def choose(folder, megasets, signals, settings=None, *, fold=None, seed=1):
    output = folder / "baseline.npz"
    fit_baseline(
        settings or make_cuts(),
        megasets,
        fit(megasets, fold),
        output,
        validation_fraction=FRACTION,
        seed=seed,
        threads=1,
        provenance={},
        signals=signals,
        luminosity=LUMINOSITY,
    )
    baseline = load_baseline("rectangular_cuts", output, megasets[0])
    return baseline, baseline.compute.args[0].arrays


def test_the_cut_on_one_element_is_the_best_that_there_is(tmp_path):
    """Against all cuts on the same events, by the formula of the significance."""
    background, signal = draw_gaussians(4000, 0.0, seed=1), draw_gaussians(1000, 2.0, seed=2)
    megasets, signals = write(tmp_path, background, signal, (0.02, 1e-4))
    settings = make_cuts(background_uncertainty=0.2)
    _, arrays = choose(tmp_path, megasets, signals, settings)

    def compute(cut):
        b, s = 0.02 * np.sum(background[:, 0] > cut), 1e-4 * np.sum(signal[:, 0] > cut)
        variance = 0.02**2 * np.sum(background[:, 0] > cut) * LUMINOSITY**2
        b, s = b * LUMINOSITY, s * LUMINOSITY
        return s / np.sqrt(b + variance + (0.2 * b) ** 2)

    best = max(compute(cut) for cut in np.linspace(-1, 2.6, 200))
    assert compute(arrays["cuts"][0]) > 0.93 * best
    assert 1 < arrays["cuts"][0] < 3


def test_sides_are_kept_and_what_does_not_help_is_not_cut_on(tmp_path):
    background, signal = draw_gaussians(4000, 0.0, seed=1), draw_gaussians(2000, -1.5, seed=2)
    megasets, signals = write(tmp_path, background, signal)
    settings = make_cuts(cuts={"f0": "below", "f1": "above"})
    baseline, arrays = choose(tmp_path, megasets, signals, settings)
    score = baseline.score(read_shard(megasets[0]))["score"]
    x = np.sort(background[:, 0])
    passed = np.sum(score >= 0)
    # an upper cut on the first element, and as good as none on the other
    assert arrays["signs"].tolist() == [-1, 1]
    assert passed == pytest.approx(np.searchsorted(x, -arrays["cuts"][0]), rel=0.1)
    assert 0 < passed < 1500


def test_an_absent_element_passes_no_cut(tmp_path):
    background = draw_gaussians(3000, 0.0, seed=1, missing=0.5)
    signal = draw_gaussians(2000, 0.0, seed=2)
    signal[:, 1] += 2
    megasets, signals = write(tmp_path, background, signal)
    baseline, _ = choose(tmp_path, megasets, signals, make_cuts(cuts={"f1": "above"}))
    table = read_shard(megasets[0])
    score = baseline.score(table)["score"]
    assert np.sum(score == -1000) == np.isnan(background[:, 1]).sum()
    assert np.isfinite(score).all()


def test_what_is_not_cut_on_has_no_part_in_the_score(tmp_path):
    """An element that tells nothing would otherwise be the nearest for most events."""
    background, signal = draw_gaussians(3000, 0.0, seed=1), draw_gaussians(3000, 2.0, seed=2)
    background[:, 1] = signal[:, 1] = 1.0
    megasets, signals = write(tmp_path, background, signal)
    settings = make_cuts(cuts={"f0": "above", "f1": "above"})
    baseline, arrays = choose(tmp_path, megasets, signals, settings)
    assert arrays["cuts"][1] == -np.inf
    scores = [baseline.score(read_shard(path))["score"] for path in (megasets[0], signals["s"])]
    separation = np.mean(scores[0][:, None] < scores[1][None])
    assert separation > 0.9  # 0.92 for two unit Gaussians, two units apart


def test_enough_background_is_left(tmp_path):
    background, signal = draw_gaussians(2000, 0.0, seed=1), draw_gaussians(2000, 5.0, seed=2)
    megasets, signals = write(tmp_path, background, signal)
    for floor in (20, 400):
        settings = make_cuts(minimum_effective_events=floor)
        baseline, _ = choose(tmp_path, megasets, signals, settings)
        left = np.sum(baseline.score(read_shard(megasets[0]))["score"] >= 0)
        assert left >= floor
    with pytest.raises(ValueError, match="minimum_effective_events: 2000 before any cut"):
        choose(tmp_path, megasets, signals, make_cuts(minimum_effective_events=2000))


def test_events_of_the_fold_that_is_left_out_do_not_decide(tmp_path):
    """Events of one fold are far from the background: only cuts that saw them lie there."""
    background, signal = draw_gaussians(4000, 0.0, seed=1), draw_gaussians(4000, 0.5, seed=2)
    megasets, signals = write(tmp_path, background, signal)
    table = read_shard(signals["s"])
    inside = ~is_seen(table["key"].to_numpy(), Fold(0, 2))
    x = np.stack([table[f"{PREFIX}f{k}"].to_numpy() for k in range(2)], axis=1)
    x[inside, 0] += 2.5
    index = table.schema.get_field_index(f"{PREFIX}f0")
    moved = table.set_column(index, f"{PREFIX}f0", pa.array(x[:, 0]))
    write_events(signals["s"], moved)
    without, with_them = (
        choose(tmp_path, megasets, signals, fold=Fold(k, 2))[1]["cuts"][0] for k in range(2)
    )
    assert without < 1.8 < with_them


def test_the_same_seed_gives_the_same_cuts(tmp_path):
    background, signal = draw_gaussians(2000, 0.0, seed=1), draw_gaussians(500, 1.0, seed=2)
    megasets, signals = write(tmp_path, background, signal)
    settings = make_cuts(cuts={"f0": "above", "f1": "above"})
    first, second = (choose(tmp_path, megasets, signals, settings)[1] for _ in range(2))
    np.testing.assert_array_equal(first["cuts"], second["cuts"])


def test_without_signal_there_is_nothing_to_choose_for(tmp_path):
    background = draw_gaussians(500, 0.0, seed=1)
    megasets, signals = write(tmp_path, background, background, (1.0, 0.0))
    with pytest.raises(ValueError, match="no event of s with positive total weight"):
        choose(tmp_path, megasets, signals)
