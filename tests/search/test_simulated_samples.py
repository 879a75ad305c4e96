"""Files of scores as what pseudo-data are drawn from."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.scores import tables
from rapidmass.search.simulated_samples import SampleFiles, SimulationFiles, Stated

SCORERS = {"ae": ("ae", "score"), "radius": ("vae", "score_radius")}
STATED = Stated(2.0, 0.5, {"luminosity": 0.1}, {"top": 0.2})


def write(path, seed, events, *, signal=False, met=50.0):
    """Write scores of one sample by two networks; return their files."""
    rng = np.random.default_rng(seed)
    columns = {
        "key": rng.integers(0, 2**63, events).astype(np.uint64),
        "met": rng.exponential(met, events).astype(np.float32),
        "n_ele": rng.integers(0, 3, events).astype(np.int8),
        "flavour": rng.choice(["ee", "em"], events),
        "score": rng.normal(size=events).astype(np.float32),
        "score_radius": rng.normal(size=events).astype(np.float32),
    }
    if signal:
        columns |= {"generator_weight": np.full(events, 2.0), "scale_factor": np.full(events, 0.5)}
    else:
        columns |= {
            "channel": rng.choice(["top", "Z"], events),
            "weight": np.where(rng.uniform(size=events) < 0.1, -0.1, 0.3),
        }
    paths = {}
    for name in ("ae", "vae"):
        paths[name] = path.with_name(f"{path.name}_{name}.parquet")
        pq.write_table(pa.table(columns), paths[name])
    return SampleFiles(paths, SCORERS)


@pytest.fixture
def files(tmp_path):
    background = write(tmp_path / "background", 1, 400)
    signal = write(tmp_path / "signal", 2, 50, signal=True, met=200.0)
    shifted = write(tmp_path / "up", 3, 400, met=60.0).featured
    return SimulationFiles(background, {"susy": (signal, 0.01)}, [(shifted, "scale")])


def test_events_are_weighted_to_what_they_stand_for(files):
    found = files.read(STATED, 10_000, np.random.default_rng(1))
    weight = pq.read_table(files.background.featured)["weight"].to_numpy()
    assert found.background.weight.sum() == pytest.approx(weight.sum() * 2.0 / 0.5)
    assert found.background.weight.min() == 0.0  # negative ones cannot be drawn
    assert found.signals["susy"].weight == pytest.approx(np.full(50, 2.0 * 0.5 * 0.01 * 2.0))
    assert set(found.background.scores) == {"ae", "radius"}
    assert files.list_features() == ["met", "n_ele"]
    assert found.background.features[:, 0] == pytest.approx(found.background.variables["met"])


def test_variations_change_no_signal_and_stated_uncertainties_their_channels(files):
    found = files.read(STATED, 10_000, np.random.default_rng(1))
    assert set(found.sources) == {"luminosity", "top", "scale"}
    assert all(source.shape == (2, 450) for source in found.sources.values())
    assert not found.sources["scale"][:, 400:].any()
    assert np.ptp(found.sources["scale"][0, :400]) > 0.05
    assert found.sources["luminosity"][0] == pytest.approx(np.full(450, np.log(1.1)))
    assert not found.sources["top"][:, 400:].any()
    assert found.sources["top"][0, :400].any()


def test_of_many_events_some_stand_for_all(files):
    whole = files.read(STATED, 10_000, np.random.default_rng(1))
    thin = files.read(STATED, 40, np.random.default_rng(1))
    assert len(thin.background.weight) == len(thin.signals["susy"].weight) == 40
    assert thin.background.weight.sum() == pytest.approx(whole.background.weight.sum())
    assert set(thin.background.key) <= set(whole.background.key)
    # of the variation, too, some are drawn, and it is still known what it changes
    assert thin.sources["scale"].shape == (2, 80)
    assert np.ptp(thin.sources["scale"][0, :40]) > 0.05


@pytest.mark.parametrize("most", [40, 10_000])
def test_pieces_give_the_same_events(files, most, monkeypatch):
    whole = files.read(STATED, most, np.random.default_rng(1))
    monkeypatch.setattr(tables, "ROWS", 90)
    found = files.read(STATED, most, np.random.default_rng(1))
    for one, other in (
        (found.background, whole.background), (found.signals["susy"], whole.signals["susy"])
    ):  # fmt: skip
        assert np.array_equal(one.key, other.key)
        assert np.array_equal(one.features, other.features)
        assert np.array_equal(one.scores["radius"], other.scores["radius"])
        assert one.weight == pytest.approx(other.weight, rel=1e-13)
    assert found.sources["scale"] == pytest.approx(whole.sources["scale"], rel=1e-9, abs=1e-12)


def test_files_of_other_events_are_refused(files, tmp_path):
    other = write(tmp_path / "other", 9, 400)
    paths = {**files.background.paths, "vae": other.paths["vae"]}
    mixed = SampleFiles(paths, SCORERS)
    with pytest.raises(ValueError, match="scores of other events"):
        SimulationFiles(mixed, {}, []).read(STATED, 100, np.random.default_rng(1))
    # features come from the first file, whether or not it has one of the scores
    mixed = SampleFiles({"met": other.featured, **files.background.paths}, SCORERS)
    with pytest.raises(ValueError, match="scores of other events"):
        SimulationFiles(mixed, {}, []).read(STATED, 100, np.random.default_rng(1))
