import numpy as np
import pyarrow as pa
import pytest

from rapidmass.models.baselines.variables import score


@pytest.mark.parametrize("kind", ["met", "ht"])
def test_columns_are_scores_as_they_are(events, kind):
    values = np.linspace(0, 900, events.num_rows, dtype=np.float32)
    if kind in events.column_names:
        events = events.drop_columns(kind)
    found = score(kind, events.append_column(kind, pa.array(values)))
    assert found.dtype == np.float32
    assert np.array_equal(found, values)


def test_what_is_no_number_is_no_score(events):
    values = np.arange(events.num_rows, dtype=np.float32)
    values[2] = np.nan
    key = events["key"][2].as_py()
    with pytest.raises(ValueError, match=f"variable m_z of event {key} is nan .*isfinite"):
        score("m_z", events.append_column("m_z", pa.array(values)))


def test_a_missing_column_is_named(events):
    with pytest.raises(ValueError, match="no column 'met', only key, sample"):
        score("met", events.drop_columns("met"))
