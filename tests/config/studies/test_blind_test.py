from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from rapidmass.config.search.selection import MegasetSettings, Selection
from rapidmass.config.studies.blind_test import BlindTest


class Blocks:
    """The blocks that the study names things from."""

    def __init__(self, **changes):
        block = {
            "cuts": [{"name": "trigger", "require": "trigger"}],
            "channels": {"top": ["tt"]},
            "signals": ["susy"],
            "data": ["obs"],
        }
        self.architectures = dict.fromkeys(("ae", "vae"), SimpleNamespace(told=(), followed=None))
        self.megasets = MegasetSettings()
        self.selections = {"lep": Selection.model_validate({**block, **changes})}


@pytest.mark.parametrize(
    ("settings", "changes", "message"),
    [
        ({"enabled": True}, {"data": []}, "no selection has signals and data"),
        ({"enabled": True, "signals": ["sus"]}, {}, "'sus' does not exist; did you mean 'susy'"),
        ({"enabled": True, "networks": ["eva"]}, {}, "blind_test.networks: network 'eva'"),
    ],
)
def test_what_the_test_needs_must_be_there(settings, changes, message):
    BlindTest(**{**settings, "enabled": False, "networks": ()}).check(Blocks(**changes))
    with pytest.raises(ValueError, match=message):
        BlindTest(**settings).check(Blocks(**changes))


def test_a_complete_configuration_passes():
    BlindTest(enabled=True, signals=["susy"], networks=["vae"]).check(Blocks())


def test_ranges_are_narrower_than_the_whole_score():
    assert BlindTest(bins=8, widest=7).widest == 7
    with pytest.raises(ValidationError, match="must be less than bins"):
        BlindTest(bins=8, widest=8)


def test_signals_of_other_selections_do_not_count():
    blocks = Blocks()
    study = BlindTest(signals=["susy", "higgs"])
    assert study.list_signals(blocks, "lep") == ["susy"]
    assert BlindTest(signals=["higgs"]).list_selections(blocks) == []


@pytest.mark.parametrize("strengths", [[], [0.0, 1.0], [1.0, 1.0], [10.0, 1.0]])
def test_strengths_rise_from_above_0(strengths):
    with pytest.raises(ValidationError, match="strengths"):
        BlindTest(strengths=strengths)
