"""What jobs ask for grows with their attempts, and with what they read."""

from types import SimpleNamespace

import pytest
from snakemake.iocontainers import Wildcards

from jobs.resources import grow, grow_with_events


def test_memory_grows_with_attempts():
    assert [grow(1500)(Wildcards(), attempt) for attempt in (1, 2, 3)] == [1500, 3000, 4500]


@pytest.mark.parametrize(("size", "minutes"), [(0, 30), (1, 31), (50_000_000_000, 180)])
def test_time_grows_with_the_files_of_the_events(size, minutes):
    context = SimpleNamespace(origins={"higgs": {"0": {"bytes": size}}})
    wildcards = Wildcards(fromdict={"selection": "lep", "sample": "higgs", "part": "0"})
    ask = grow_with_events(context, 30)
    assert [ask(wildcards, attempt) for attempt in (1, 2)] == [minutes, 2 * minutes]
