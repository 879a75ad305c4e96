from datetime import date
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from rapidmass.config.search.selection import MegasetSettings, Selection
from rapidmass.config.studies.blind_test import BlindTest, Consent, Unblinding


class Blocks:
    """The blocks that the study names things from."""

    def __init__(self, **changes):
        block = {
            "cuts": [{"name": "trigger", "require": "trigger"}],
            "channels": {"top": ["tt"]},
            "signals": ["susy"],
            "data": ["obs"],
        }
        self.architectures = dict.fromkeys(("ae", "vae"), SimpleNamespace(signals=()))
        self.megasets = MegasetSettings()
        self.selections = {"lep": Selection.model_validate({**block, **changes})}


def test_unblinding_says_who_and_why():
    told = Unblinding.model_validate({"by": " The board ", "reason": "done", "date": "2026-01-31"})
    assert (told.by, told.date) == ("The board", date(2026, 1, 31))
    assert told.model_dump(mode="json")["date"] == "2026-01-31"
    assert Unblinding(by="The board", reason="done").date is None


@pytest.mark.parametrize(
    "block",
    [
        {},
        {"by": "A"},
        {"reason": "B"},
        {"by": "", "reason": "B"},
        {"by": "A", "reason": "  "},
        {"by": "A", "reason": "B", "date": "soon"},
        {"by": "A", "reason": "B", "data": "2026-01-31"},
    ],
)
@pytest.mark.parametrize("decision", [Unblinding, Consent])
def test_a_decision_without_name_or_reason_is_refused(decision, block):
    with pytest.raises(ValidationError):
        decision.model_validate(block)


@pytest.mark.parametrize(
    ("settings", "changes", "message"),
    [
        ({"enabled": True}, {"data": []}, "no selection has signals and data to hide"),
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
