"""The `unblinding` block: from when on data are looked at above the cuts on the score."""

import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from rapidmass.config.base import Section

MARGIN = datetime.timedelta(days=1)  # between time zones
BLANK = frozenset("\u115f\u1160\u3164\uffa0")  # letters of which nothing is seen


def _check_text(text: str) -> str:
    """Make sure that there is something to read: blanks may be of no width, and letters empty."""
    if not any(sign.isalnum() and sign not in BLANK for sign in text):
        raise ValueError(f"there is nothing to read in it: {text!a}; write a letter at least")
    return text


def _check_date(value: object) -> object:
    if isinstance(value, int | float):
        raise ValueError(f"{value} is no date: write 2026-01-31")
    return value


def _check_past(date: datetime.date) -> datetime.date:
    if date > datetime.datetime.now(tz=datetime.UTC).date() + MARGIN:
        raise ValueError(f"{date} is in the future: write when it was decided")
    return date


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_check_text)]
Past = Annotated[datetime.date, BeforeValidator(_check_date), AfterValidator(_check_past)]


class Unblinding(Section):
    """Who allowed data to be looked at above the cuts on the score, and why the search is ready."""

    by: Text = Field(description="Who decided it: a person or a body, by name.")
    reason: Text = Field(description="Why; quoted in the report.")
    date: Past | None = Field(
        None, description="When it was decided: `2026-01-31`, no day to come."
    )
