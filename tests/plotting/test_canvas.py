"""Formulas are parsed once for all figures, and drawn as matplotlib draws them."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from rapidmass.plotting.canvas import _PARSER, Canvas


def draw(kind, text="$\\sqrt{s}=13$ TeV"):
    figure = Figure(figsize=(2, 1), dpi=100)
    canvas = kind(figure)
    figure.text(0.1, 0.4, text)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def test_pixels_are_those_of_matplotlib():
    np.testing.assert_array_equal(draw(Canvas), draw(FigureCanvasAgg))


def test_a_second_figure_parses_nothing():
    first = draw(Canvas)
    before = _PARSER._keep.cache_info()
    np.testing.assert_array_equal(draw(Canvas), first)
    after = _PARSER._keep.cache_info()
    assert after.misses == before.misses
    assert after.hits > before.hits
