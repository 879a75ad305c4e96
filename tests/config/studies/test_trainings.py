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


THEORY, MASS = {"A": ["a", "b"], "B": ["c"]}, {"low": ["a", "c"], "high": ["b"]}


def make_categories(trees="trees", mass=MASS):
    properties = [{"name": "theory", "values": THEORY}, {"name": "mass", "values": mass}]
    return Trainings(categories={"trees": trees, "properties": properties})


def test_categories_have_all_values_in_common():
    categories = make_categories().categories
    found = categories.list_categories(["b", "a", "c", "d"])
    # in the order of signals, and named in the order of properties
    assert [(list(values.values()), told) for values, told in found] == [
        (["A", "high"], ("b",)), (["A", "low"], ("a",)), (["B", "low"], ("c",)),
    ]  # fmt: skip
    assert categories.list_categories(["d"]) == []


@pytest.mark.parametrize(
    ("mass", "message"),
    [
        ({"low": ["a", "c"], "high": ["b", "a"]}, "mass lists signal a twice"),
        ({"low": ["a", "a", "c"], "high": ["b"]}, "mass lists signal a twice"),
        ({"low": ["a"], "high": ["b"]}, "mass has no value for signal c"),
    ],
)
def test_categories_that_overlap_or_lack_a_signal_are_refused(mass, message):
    with pytest.raises(ValueError, match=f"properties: {message}"):
        make_categories(mass=mass)


def test_categories_name_what_exists(config):
    config.selections["2lep"].signals[:] = ["a", "b", "c"]
    make_categories().check(config)
    key = r"studies\.trainings\.categories"
    with pytest.raises(ValueError, match=rf"{key}\.trees: architecture 'tree' .* 'trees'"):
        make_categories("tree").check(config)
    with pytest.raises(ValueError, match=rf"{key}\.trees: ae is of the family"):
        make_categories("ae").check(config)
    del config.selections["2lep"].signals[2]
    with pytest.raises(ValueError, match=rf"{key}\.properties: theory, B: signal 'c' does not"):
        make_categories().check(config)
