"""Files of the same events, held against each other."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.scores.alike import check_same_keys


def test_files_of_other_events_are_named(tmp_path):
    """However they are cut into groups of rows."""
    keys = np.arange(1000, dtype=np.uint64)
    files = {"a": keys, "b": keys, "short": keys[:-1], "turned": keys[::-1]}
    paths = {name: tmp_path / f"{name}.parquet" for name in files}
    for number, (name, own) in enumerate(files.items(), start=1):
        pq.write_table(pa.table({"key": own}), paths[name], row_group_size=70 * number)
    check_same_keys([paths["a"], paths["b"], paths["a"]])
    for name in ("short", "turned"):
        for pair in ((paths["a"], paths[name]), (paths[name], paths["a"])):
            with pytest.raises(ValueError, match=f"{pair[1].name} holds scores of other events"):
                check_same_keys(pair)
