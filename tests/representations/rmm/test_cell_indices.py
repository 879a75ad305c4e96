import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.representations.rmm.cell_indices import list_cells
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.tables import decode
from synthetic_megasets import make_events


@given(
    types=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    seed=st.integers(0, 1000),
    start=st.integers(0, 20),
)
@settings(max_examples=8, deadline=None)
def test_cells_are_those_that_the_dense_matrix_has(types, seed, start):
    layout = Layout(types={f"t{k}": slots for k, slots in enumerate(types)})
    matrices = decode(make_events(30, seed=seed, layout=layout).slice(start))
    dense = matrices.fill(padding=np.nan)
    rows = np.repeat(np.arange(len(matrices)), np.diff(matrices.offsets))
    rebuilt = np.full_like(dense, np.nan)
    rebuilt[rows, list_cells(matrices)] = matrices.values
    np.testing.assert_array_equal(rebuilt, dense)
