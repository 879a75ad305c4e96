"""Who unblinded the search, when and why."""

from datetime import date

import pytest
from pydantic import ValidationError

from rapidmass.config.search.unblinding import Unblinding


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
def test_a_decision_without_name_or_reason_is_refused(block):
    with pytest.raises(ValidationError):
        Unblinding.model_validate(block)
