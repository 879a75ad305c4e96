"""How much a job reads: its file, all files of its dataset, or what has scores."""

from types import SimpleNamespace

import pytest
from snakemake.iocontainers import Wildcards

from jobs.sizes import measure_events


@pytest.fixture
def context():
    """Two selections: both backgrounds; one background, with two variations. Folds for one."""
    files = {"ww": [30, 50], "zz": [70], "higgs": [110]}
    origins = {
        sample: {str(part): {"bytes": size, "pieces": 2} for part, size in enumerate(parts)}
        for sample, parts in files.items()
    }
    backgrounds = {"both": ["ww", "zz"], "one": ["zz"]}
    split = SimpleNamespace(scored_share=0.4, folds=None)
    return SimpleNamespace(
        origins=origins,
        sizes={sample: sum(parts) for sample, parts in files.items()},
        list_selected=lambda name, roles: backgrounds[name] if roles == ["background"] else [],
        shifted={"both": {}, "one": {"jes_up": ["zz"], "jes_down": ["zz"]}},
        config=SimpleNamespace(split=split),
    )


@pytest.mark.parametrize(
    ("named", "size"),
    [
        ({"sample": "ww", "part": "1"}, 50),
        ({"sample": "higgs", "part": "0", "piece": "1of2"}, 55),
        ({"selection": "both", "model": "ae", "dataset": "background"}, 60),
        ({"selection": "one", "model": "ae", "dataset": "background"}, 28),
        ({"selection": "both", "baseline": "met", "dataset": "altered"}, 60),
        ({"selection": "both", "model": "ae", "dataset": "higgs"}, 110),
        ({"selection": "both", "scorer": "ae", "signal": "higgs"}, 6),
        ({"selection": "one", "architecture": "ae"}, 8),  # 2.8 nominal, and as much twice
        ({"selection": "both", "representation": "rmm"}, 0),
        ({"sample": "ww"}, 0),
        ({"sample": "unused", "part": "0"}, 0),
    ],
)
def test_files_of_a_job_are_measured(context, named, size):
    assert measure_events(context, Wildcards(fromdict=named)) == size


def test_with_folds_all_background_has_scores_and_each_network_scores_a_signal(context):
    context.config.split = SimpleNamespace(scored_share=1.0, folds=5)
    named = {"selection": "both", "model": "ae"}
    assert measure_events(context, Wildcards(fromdict={**named, "dataset": "background"})) == 150
    assert measure_events(context, Wildcards(fromdict={**named, "dataset": "higgs"})) == 550
