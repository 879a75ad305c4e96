"""Labels of events: by sample, by channel, or by region of a variable."""

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from rapidmass.config.models.network import Target
from rapidmass.datasets.labels import label_events, list_target_columns
from rapidmass.datasets.megasets import BackgroundShard, write_megaset
from rapidmass.storage.parquet import read_shard
from synthetic_megasets import make_events, write_events

TABLE = pa.table(
    {
        "sample": ["tt", "Z", "susy", "tt"],
        "channel": ["top", "V", "susy", "top"],
        "m_ll": pa.array([10.0, 91.0, 80.0, 100.0], pa.float32()),
        "n_lep": [2, 3, 2, 2],
    }
)
TARGETS = {
    "samples": (Target(kind="samples", signal=["susy", "other"]), ("sample",), [0, 0, 1, 0]),
    "numbered": (
        Target(kind="numbered", signal=["other", "susy"]), ("sample",), [0, 0, 2, 0],
    ),
    "classes": (
        Target(kind="classes", classes=[["V"], ["top"], ["susy"]]), ("channel",), [1, 0, 2, 1],
    ),
    "joined": (
        Target(kind="classes", classes=[["V", "top"], ["susy"]]), ("channel",), [0, 0, 1, 0],
    ),
    "region": (
        Target(kind="region", variable="m_ll", window=(80, 100)), ("m_ll",), [0, 1, 1, 0],
    ),
    "whole numbers": (
        Target(kind="region", variable="n_lep", window=(3, 4)), ("n_lep",), [0, 1, 0, 0],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(TARGETS))
def test_events_are_labelled(name):
    target, columns, expected = TARGETS[name]
    assert list_target_columns(target) == columns
    label = label_events(TABLE.select(list(columns)), target)
    assert label.dtype == np.float32
    assert label.tolist() == expected


def test_without_a_target_there_is_no_label():
    assert list_target_columns(Target()) == ()
    assert label_events(TABLE, Target()) is None


def test_events_that_are_nowhere_are_named():
    with pytest.raises(ValueError, match="channel V are in no class"):
        label_events(TABLE, Target(kind="classes", classes=[["top"], ["susy"]]))
    lacking = TABLE.set_column(2, "m_ll", pa.array([np.nan, 1.0, np.nan, 2.0]))
    with pytest.raises(ValueError, match="2 events lack m_ll"):
        label_events(lacking, TARGETS["region"][0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "samples"}, "needs signal"),
        ({"kind": "numbered"}, "needs signal"),
        ({"kind": "classes", "classes": [["a"]]}, "two classes"),
        ({"kind": "classes", "classes": [["a"], []]}, "two classes"),
        ({"kind": "classes", "classes": [["a"], ["b", "a"]]}, "in two classes"),
        ({"kind": "region", "window": (1, 2)}, "needs a variable"),
        ({"kind": "region", "variable": "met", "window": (2, 2)}, "and a window"),
    ],
)
def test_half_a_target_is_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        Target(**settings)


def test_signals_lie_in_a_megaset_beside_background(tmp_path):
    shards = []
    for k, name in enumerate(("ttbar", "susy")):
        table = make_events(300, seed=k, sample=name).drop_columns(["sample", "channel", "weight"])
        for column in ("generator_weight", "scale_factor"):
            table = table.append_column(column, pa.array(np.ones(300)))
        path = write_events(tmp_path / f"{name}.parquet", table)
        shards.append(BackgroundShard(path, name, name, 1.0))
    megaset = tmp_path / "m.parquet"
    write_megaset(shards, megaset, None, index=0, number=1, test_fraction=0.2, provenance={})
    events = read_shard(megaset)
    label = label_events(events, Target(kind="samples", signal=["susy"]))
    assert np.array_equal(label, np.array(events["sample"].to_pylist()) == "susy")
    assert 150 < label.sum() < 300
