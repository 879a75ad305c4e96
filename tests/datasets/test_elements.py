"""Elements of events that are known by their keys."""

import numpy as np
import pytest

from bump_events import draw_events, write_shard
from rapidmass.datasets.elements import name_elements, read_elements


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    drawn = [draw_events(n, seed=seed, features=3) for seed, n in enumerate((40, 25))]
    drawn[0].features[7, 1] = np.nan
    return drawn, [write_shard(folder / f"{k}.parquet", some) for k, some in enumerate(drawn)]


def test_events_are_found_in_the_order_of_the_keys(shards):
    drawn, paths = shards
    key = np.concatenate([some.key for some in drawn])
    x = np.vstack([some.features for some in drawn])
    rng = np.random.default_rng(1)
    chosen = np.append(rng.choice(np.delete(np.arange(len(key)), 7), 20, replace=False), 7)
    found = read_elements(paths, key[chosen])
    assert name_elements(paths) == ("x0", "x1", "x2")
    assert np.array_equal(found, x[chosen], equal_nan=True)
    assert np.isnan(found[-1, 1])
    assert read_elements(paths, key[:0]).shape == (0, 3)


def test_an_event_that_no_file_has_is_an_error(shards):
    drawn, paths = shards
    with pytest.raises(ValueError, match=rf"event {drawn[1].key[3]} has a score, but is in none"):
        read_elements(paths[:1], drawn[1].key[3:4])
