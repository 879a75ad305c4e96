import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.plotting.names import list_architecture_figures, list_selection_figures, name_cut


@pytest.mark.parametrize(
    ("quantile", "name"), [(0.0, "no_cut"), (0.5, "q50"), (0.999, "q99p9"), (0.29, "q29")]
)
def test_cuts_have_plain_names(quantile, name):
    assert name_cut(quantile) == name


@given(st.lists(st.integers(0, 9999).map(lambda k: k / 10000), min_size=1, unique=True))
def test_no_two_figures_share_a_name(quantiles):
    names = list_architecture_figures(["a", "b"], quantiles, ["met", "m_ll"], has_data=True)
    assert len(set(names)) == len(names)
    assert all("." not in name and "/" not in name for name in names)


def test_data_are_listed_only_where_a_cut_blinds_the_rest():
    assert "scores_data" in list_architecture_figures(["a"], [0.5], [], has_data=True)
    assert "scores_data" not in list_architecture_figures(["a"], [0.5], [], has_data=False)
    assert "scores_data" not in list_architecture_figures(["a"], [0.0], [], has_data=True)


def test_every_channel_and_signal_has_a_matrix():
    assert list_selection_figures(["a"], ["s"]) == ("matrix_a", "matrix_s")
