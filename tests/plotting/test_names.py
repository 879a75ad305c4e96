import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.plotting.names import list_quantiles, name_cut


@pytest.mark.parametrize(
    ("quantile", "name"), [(0.0, "no_cut"), (0.5, "q50"), (0.999, "q99p9"), (0.29, "q29")]
)
def test_cuts_have_plain_names(quantile, name):
    assert name_cut(quantile) == name


@given(st.lists(st.integers(0, 9999).map(lambda k: k / 10000), min_size=1, unique=True))
def test_no_two_cuts_share_a_name(quantiles):
    names = [name_cut(quantile) for quantile in list_quantiles(quantiles)]
    assert len(set(names)) == len(names)
    assert all("." not in name and "/" not in name for name in names)
