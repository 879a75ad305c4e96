import numpy as np
import pytest
from PIL import Image

from rapidmass.config.report.plots import PlotSettings
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.search.scan import scan_cuts
from rapidmass.studies.systematics.figures import draw_shifts
from synthetic_shifts import BACKGROUND, CHANNELS, SETTINGS, SIGNAL, list_shifts, make_shift

FRAME = Frame(PlotSettings(), "x", CHANNELS, ["S"], luminosity=1000.0, architecture="ae")


def scan(shifts, background=BACKGROUND):
    return scan_cuts(background, SIGNAL, SETTINGS, channels=CHANNELS, spectra=[], shifts=shifts)


def test_changes_are_relative_to_what_is_in_the_bins(tmp_path):
    found = scan(list_shifts())
    draw_shifts(FRAME, found, tmp_path / "x")
    drawn = read_json(tmp_path / "x.json")
    assert drawn["sources"] == found["shifts"]
    values = np.array(found["score"]["background"]["values"])
    squares = np.array(found["score"]["background"]["variances"])
    varied = found["score"]["systematics"]["background"]
    for k in range(len(values)):
        if not values[k] or values[k] ** 2 < 10 * squares[k]:  # chance alone
            assert drawn["total"][k] is drawn["shifts"]["norm"][k] is None
            continue
        assert drawn["shifts"]["norm"][k] == pytest.approx(0.1)
        assert drawn["total"][k] == pytest.approx(varied["total"][k] / values[k])
        assert drawn["statistical"][k] == pytest.approx(np.sqrt(squares[k]) / values[k])
    assert sum(value is not None for value in drawn["total"]) > 5
    assert len(np.unique(np.asarray(Image.open(tmp_path / "x.png")).reshape(-1, 4), axis=0)) > 20


def test_bins_that_are_all_thin_can_be_drawn(tmp_path):
    few = BACKGROUND.select(np.s_[:30])
    draw_shifts(FRAME, scan([make_shift("s")], few), tmp_path / "x")
    assert set(read_json(tmp_path / "x.json")["total"]) == {None}
