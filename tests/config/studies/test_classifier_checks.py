from types import SimpleNamespace

import pytest

from labelled_events import make_classifier, make_parametrised, make_trees
from rapidmass.config.studies.classifier_checks import ClassifierChecks


@pytest.fixture
def config():
    return SimpleNamespace(
        architectures={
            "trees": make_trees(),
            "pnn": make_parametrised({"s": 100, "t": 200}),
            "net": make_classifier(target={"signals": ["t"]}),
        },
        selections={"one": SimpleNamespace(signals=["s"]), "none": SimpleNamespace(signals=["u"])},
    )


def test_those_take_part_whose_score_is_a_probability(config):
    study = ClassifierChecks(enabled=True)
    study.check(config)
    assert study.list_networks(config) == ["trees", "net"]
    assert study.list_selections(config) == ["one"]


def test_others_are_named(config):
    with pytest.raises(ValueError, match=r"networks: pnn is of the family parametrised"):
        ClassifierChecks(networks=["pnn"]).check(config)
    config.architectures = {"pnn": config.architectures["pnn"]}
    ClassifierChecks().check(config)
    with pytest.raises(ValueError, match=r"studies\.classifier_checks: there is no architecture"):
        ClassifierChecks(enabled=True).check(config)


def test_those_that_are_told_no_signal_are_left_out_or_named(config):
    config.architectures["prior"] = make_trees(target={"priors": ["wide"]})
    assert ClassifierChecks().list_networks(config) == ["trees", "net"]
    with pytest.raises(ValueError, match="networks: prior is told no signal"):
        ClassifierChecks(networks=["prior"]).check(config)
