from types import SimpleNamespace

import pytest

from labelled_events import make_classifier, make_trees
from rapidmass.config.models.autoencoder import Autoencoder
from rapidmass.config.studies.trainings import Trainings


@pytest.fixture
def config():
    plain = Autoencoder(layers=[{"units": "inputs", "activation": "linear"}])
    return SimpleNamespace(
        architectures={"trees": make_trees(), "ae": plain, "net": make_classifier()},
        selections={"2lep": SimpleNamespace(signals=["s"]), "data": SimpleNamespace(signals=[])},
    )


def test_classifiers_take_part_where_there_are_signals(config):
    study = Trainings(enabled=True)
    study.check(config)
    assert study.list_networks(config) == ["trees", "net"]
    assert study.list_selections(config) == ["2lep"]
    assert Trainings(networks=["net"]).list_networks(config) == ["net"]


def test_trainings_that_are_combined_take_part(config):
    study = Trainings(enabled=True, combinations=["stacking"])
    study.check(config)
    assert study.list_combined(config) == ["trees", "net"]
    with pytest.raises(ValueError, match=r"combined: training 'ae' does not exist"):
        Trainings(combined=["ae"]).check(config)
    with pytest.raises(ValueError, match=r"combined: it takes two trainings"):
        Trainings(enabled=True, combinations=["stacking"], combined=["net"]).check(config)


def test_what_is_no_classifier_is_named(config):
    with pytest.raises(ValueError, match=r"studies\.trainings\.networks: ae is not told"):
        Trainings(networks=["ae"]).check(config)
    del config.architectures["trees"], config.architectures["net"]
    Trainings().check(config)
    with pytest.raises(ValueError, match=r"studies\.trainings: there is no classifier"):
        Trainings(enabled=True).check(config)
