"""Alterations and augmentation in the configuration: names that must exist and be different."""

from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from rapidmass.config.models.augmentation import Augmentation
from rapidmass.config.studies.altered_events import AlteredEvents, parse_alterations

CONFIG = SimpleNamespace(architectures={"vae": None}, objects=("ljet", "bjet", "ele", "muo"))


def test_the_defaults_fit_the_default_matrix():
    AlteredEvents(enabled=True).check(CONFIG)
    Augmentation().check(CONFIG)


def test_alterations_survive_the_way_to_a_job():
    settings = AlteredEvents()
    blocks = settings.model_dump(mode="json")["alterations"]
    assert tuple(parse_alterations(blocks)) == settings.alterations
    labels = [label for a in settings.alterations for label in a.labels]
    assert labels[:3] == ["lepton_pt_x1.5", "lepton_pt_x3", "lepton_pt_x5"]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (
            {"kind": "scale_pt", "name": "a", "objects": ["ele"], "factors": [2, 2.0]},
            "'a_x2'.*twice",
        ),
        (
            {"kind": "scale_pt", "name": "a", "objects": ["ele"], "factors": [0]},
            "greater than or equal to 0.001",
        ),
        ({"kind": "scale_pt", "name": "a", "objects": []}, "at least 1 item"),
        ({"kind": "swap", "name": "a", "pairs": [["ele", "muo"], ["muo", "ljet"]]}, "'muo'.*twice"),
        ({"kind": "turn", "name": "a"}, "'scale_pt', 'shuffle', 'swap', 'noise'"),
        ({"kind": "noise", "name": "a b"}, "pattern"),
    ],
)
def test_wrong_alterations_are_refused(block, message):
    with pytest.raises(ValidationError, match=message):
        AlteredEvents(alterations=[block])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"networks": ["vea"]}, r"altered_events\.networks: network 'vea' .* 'vae'"),
        (
            {"alterations": [{"kind": "scale_pt", "name": "a", "objects": ["elle"]}]},
            r"alterations, a: object of the representations 'elle' .* 'ele'",
        ),
        (
            {"alterations": [{"kind": "swap", "name": "a", "pairs": [["ele", "tau"]]}]},
            "'tau' does not exist",
        ),
    ],
)
def test_unknown_names_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        AlteredEvents(enabled=True, **changes).check(CONFIG)


def test_types_of_a_study_that_is_not_made_need_not_exist():
    config = SimpleNamespace(architectures={}, objects=("jet",))
    AlteredEvents().check(config)
    with pytest.raises(ValueError, match="'ele' does not exist; there are jet"):
        AlteredEvents(enabled=True).check(config)


def test_a_type_has_one_scale_and_exists():
    groups = [{"objects": ["ele", "muo"]}, {"objects": ["muo"]}]
    with pytest.raises(ValidationError, match="'muo' is listed twice"):
        Augmentation(groups=groups)
    with pytest.raises(ValueError, match=r"augmentation\.groups: .* 'jet' does not exist"):
        Augmentation(groups=[{"objects": ["jet"]}]).check(CONFIG)
