from types import SimpleNamespace

import pytest

from labelled_events import make_classifier, make_trees
from rapidmass.config.studies.tree_tuning import TreeTuning


def test_trees_take_part_and_networks_are_named():
    config = SimpleNamespace(
        architectures={"trees": make_trees(), "net": make_classifier()},
        selections={"one": SimpleNamespace(signals=["s"]), "none": SimpleNamespace(signals=["u"])},
    )
    study = TreeTuning(enabled=True)
    study.check(config)
    assert study.list_networks(config) == ["trees"]
    assert study.list_selections(config) == ["one"]
    with pytest.raises(ValueError, match=r"networks: net is of the family classifier"):
        TreeTuning(networks=["net"]).check(config)
    del config.architectures["trees"]
    with pytest.raises(ValueError, match="there is no architecture of the families xgboost"):
        TreeTuning(enabled=True).check(config)
