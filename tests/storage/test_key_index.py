import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.storage.key_index import KeyIndex

KEYS = st.lists(st.integers(0, 2**64 - 1), max_size=20, unique=True)


@given(KEYS, KEYS)
def test_events_are_found_where_they_are_and_others_nowhere(known, others):
    asked = [*others, *known]
    found = KeyIndex(np.array(known, dtype=np.uint64)).find(np.array(asked, dtype=np.uint64))
    assert found.tolist() == [known.index(key) if key in known else -1 for key in asked]
