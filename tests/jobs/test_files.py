"""How much a job reads: its file, all files of its dataset, or what has scores."""

from types import SimpleNamespace

import pytest
from snakemake.iocontainers import Wildcards

from jobs.files import measure_events


@pytest.fixture
def context():
    """Two selections; the second one has one of two backgrounds."""
    sizes = {"ww": [3, 5], "zz": [7], "higgs": [11]}
    origins = {
        sample: {str(part): {"bytes": size, "pieces": 2} for part, size in enumerate(parts)}
        for sample, parts in sizes.items()
    }
    backgrounds = {"both": ["ww", "zz"], "one": ["zz"]}
    return SimpleNamespace(
        origins=origins,
        list_selected=lambda name, roles: backgrounds[name] if roles == ["background"] else [],
        config=SimpleNamespace(split=SimpleNamespace(scored_share=0.4)),
    )


@pytest.mark.parametrize(
    ("named", "size"),
    [
        ({"sample": "ww", "part": "1"}, 5),
        ({"sample": "higgs", "part": "0", "piece": "1of2"}, 5),
        ({"selection": "both", "dataset": "background"}, 6),
        ({"selection": "one", "dataset": "background"}, 3),
        ({"selection": "both", "dataset": "altered"}, 6),
        ({"selection": "both", "dataset": "higgs"}, 11),
        ({"selection": "both", "scorer": "ae", "signal": "higgs"}, 1),
        ({"sample": "ww"}, 0),
        ({"sample": "unused", "part": "0"}, 0),
    ],
)
def test_files_of_a_job_are_measured(context, named, size):
    assert measure_events(context, Wildcards(fromdict=named)) == size
