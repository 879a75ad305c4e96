"""Settings of what is told which events are signal."""

import pytest
from pydantic import ValidationError

from labelled_events import make_classifier, make_parametrised, make_trees
from rapidmass.config.models.parametrised import write_mass
from rapidmass.models.networks.registry import read_settings

MASSES = {"s": 200, "t": 400.5}
MAKERS = {
    "classifier": make_classifier,
    "xgboost": make_trees,
    "parametrised": lambda **changes: make_parametrised(MASSES, **changes),
}


@pytest.mark.parametrize("family", MAKERS)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": {"signals": []}}, "target.signals"),
        ({"target": {"signals": ["s", "s"]}}, "sample s is listed twice"),
        ({"target": {}}, "target.signals"),
        ({"class_weights": "equal"}, "class_weights"),
        ({"negative_weights": "ignore"}, "negative_weights"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_bad_settings_are_refused(family, change, message):
    with pytest.raises(ValidationError, match=message):
        MAKERS[family](**change)


@pytest.mark.parametrize("family", MAKERS)
def test_settings_are_described_and_survive_json(family):
    settings = MAKERS[family](exclude_features=["f0"])
    assert settings.family == family
    assert all(field.description for field in type(settings).model_fields.values())
    content = settings.model_dump(mode="json")
    assert type(settings).model_validate(content) == settings
    if family != "xgboost":  # trees are no network
        assert read_settings(content) == settings
    assert settings.negative_weights == "fail"
    assert settings.signals == settings.target.signals


def test_trees_do_not_look_at_what_they_cannot_grow():
    for change in ({"max_trees": 0}, {"learning_rate": 0}, {"subsample": 1.5}, {"max_depth": 99}):
        with pytest.raises(ValidationError, match=next(iter(change))):
            make_trees(**change)


def test_masses_name_the_scores():
    settings = make_parametrised(MASSES)
    assert settings.score_names == ("logit_at_200", "logit_at_400p5")
    assert make_parametrised(MASSES, score_masses=[300]).score_names == ("logit_at_300",)
    assert [write_mass(mass) for mass in (400, 0.25, 1e6)] == ["400", "0p25", "1000000"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": {"signals": ["s", "t", "u"]}}, "same signals; u is in one"),
        ({"masses": {"s": 200}}, "same signals; t is in one"),
        ({"masses": {"s": 200, "t": 200}}, "at least two masses"),
        ({"masses": {"s": 200, "t": -1}}, "masses.t"),
        ({"score_masses": [300, 300]}, "score logit_at_300 is listed twice"),
        ({"class_weights": "physical"}, "class_weights"),
    ],
)
def test_masses_must_fit(change, message):
    with pytest.raises(ValidationError, match=message):
        make_parametrised(MASSES, **change)


def test_a_target_of_priors_alone_names_no_signal():
    settings = make_trees(target={"priors": ["p"]})
    assert (settings.signals, settings.priors, settings.told) == ((), ("p",), ("p",))
    assert settings.labels.signal == ("p",)
    both = make_classifier(target={"signals": ["s"], "priors": ["p"]})
    assert both.labels.signal == ("s", "p")
    with pytest.raises(ValidationError, match="sample s is listed twice"):
        make_trees(target={"signals": ["s"], "priors": ["s"]})
    with pytest.raises(ValidationError, match=r"target\.priors: events of a prior have no single"):
        make_parametrised(MASSES, target={"signals": list(MASSES), "priors": ["p"]})


def test_equal_trees_make_no_ensemble():
    assert make_trees(ensemble=2, subsample=0.9).ensemble == 2
    with pytest.raises(ValidationError, match="all seeds grow the same"):
        make_trees(ensemble=2)
