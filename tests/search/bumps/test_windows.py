"""Windows of a bump hunt."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.search.bumps.windows import HIGH, LOW, OUTSIDE, SIGNAL, make_windows

HUNT = {"resolution": 0.03, "half_width": 2.0, "sideband": 2.0, "gap": 0.0, "step": 2.0}


@settings(deadline=None, max_examples=40)
@given(
    stop=st.floats(200, 5000),
    resolution=st.floats(0.005, 0.03),
    sideband=st.floats(0.5, 3),
    gap=st.floats(0, 2),
    step=st.floats(0.5, 5),
)
def test_windows_lie_in_the_range_and_their_parts_do_not_overlap(
    stop, resolution, sideband, gap, step
):
    hunt = {**HUNT, "resolution": resolution, "sideband": sideband, "gap": gap, "step": step}
    windows = make_windows(80, stop, **hunt)
    assert all(
        w.outer_low >= 80 * (1 - 1e-9) and w.outer_high <= stop * (1 + 1e-9) for w in windows
    )
    ratios = np.diff(np.log([w.centre for w in windows]))
    assert np.allclose(ratios, step * resolution)
    for window in windows:
        edges, region = window.cut_cells(4)
        assert (np.diff(edges) > 0).all()
        assert np.isclose(np.log(window.high / window.low), 4 * resolution)
        middle = np.sqrt(edges[1:] * edges[:-1])
        assert (window.divide(middle) == region).all()
        assert np.count_nonzero(region == SIGNAL) == 4
        assert {LOW, SIGNAL, HIGH} <= set(region.tolist())
        assert (OUTSIDE in region) == (gap * resolution > 1e-15)


def test_a_range_that_holds_no_window_is_an_error():
    with pytest.raises(ValueError, match="no window fits between 100 and 130"):
        make_windows(100, 130, **HUNT)
