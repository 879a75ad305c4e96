import numpy as np
import pyarrow as pa
import pytest

from rapidmass.models.baselines.variables import score
from rapidmass.representations.tables import decode


@pytest.mark.parametrize("kind", ["met", "ht"])
def test_columns_are_scores_as_they_are(events, kind):
    values = np.linspace(0, 900, events.num_rows, dtype=np.float32)
    if kind in events.column_names:
        events = events.drop_columns(kind)
    found = score(kind, events.append_column(kind, pa.array(values)))
    assert found.dtype == np.float32
    assert np.array_equal(found, values)


def test_all_objects_count(events):
    found = score("multiplicity", events)
    counts = decode(events).counts
    assert found.dtype == np.float32
    assert np.array_equal(found, counts.sum(axis=1))
    assert found.min() == 0
    assert found.max() == 5  # two jets, two electrons, one muon


def test_large_counts_do_not_wrap_around(events):
    for name in ("n_ljet", "n_ele"):
        index = events.schema.get_field_index(name)
        counts = pa.array(np.full(events.num_rows, 200, dtype=np.uint8))
        events = events.set_column(index, name, counts)
    assert score("multiplicity", events).min() >= 400


def test_a_missing_column_is_named(events):
    with pytest.raises(ValueError, match="no column 'met', only key, sample"):
        score("met", events.drop_columns("met"))
