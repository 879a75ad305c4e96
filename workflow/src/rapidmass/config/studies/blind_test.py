"""Blinding of data, and the blind test: the blocks `unblinding` and `studies.blind_test`."""

import datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from typing_extensions import override

from rapidmass.config.base import Count, Section
from rapidmass.config.studies.base import Known, NetworkStudy, check_names

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


class Decision(Section):
    """Who decided something about what is seen of the data, and why."""

    by: Text = Field(description="Who decided it: a person or a body, by name.")
    reason: Text = Field(description="Why; quoted in the report.")
    date: Past | None = Field(
        None, description="When it was decided: `2026-01-31`, no day to come."
    )


class Unblinding(Decision):
    """Who allows data to be looked at above the cuts on the score, and why the search is ready."""


class Consent(Decision):
    """Who accepts what a blind test on measured data gives away, and why."""


class BlindTest(NetworkStudy):
    """Signal events hidden among the data, to see whether the search finds them unaided."""

    key: ClassVar[str] = "studies.blind_test"
    needs: ClassVar[tuple[str, ...]] = ("signals", "data")
    # in the mixture keys are new, and do not tell whose fold an event of a signal is
    without_labels: ClassVar[bool] = True

    enabled: bool = Field(
        False,
        description="Whether to mix signal events into the data and look for them. With measured "
        "data it needs `unblinding`, or a `consent` of its own.",
    )
    consent: Consent | None = Field(
        None,
        description="Allows the test on measured data before `unblinding`. It gives away what "
        "blinding hides: the scores of the mixture, in products and figures, have their whole "
        "range, most of them are those of data, and whoever compares the matrices of the mixture "
        "with those of the data knows the score of each event, and which events are signals. "
        "Pseudo-data that the embedded generator made need no consent; of them it holds as well.",
    )
    signals: tuple[str, ...] = Field(
        (), description="Signals to draw from, the same number of events each; empty: all."
    )
    share: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.1, description="Share of the data events that signal events take the place of."
    )
    events: Count | None = Field(
        None, description="Number of data events to replace, instead of `share`."
    )
    label: str = Field("1", description="Another text gives another mixture of the same events.")
    networks: tuple[str, ...] = Field(
        (), description="Networks whose scores are tested; empty: all. Baselines always are."
    )
    bins: Annotated[int, Field(ge=4, le=200)] = Field(
        20,
        description="Bins of the score, each with the same expected background. The last is halved "
        "again and again, and bins are joined, as far as `scan.minimum_effective_events` demands.",
    )
    widest: Count = Field(
        10,
        description="An excess is looked for in every range of up to this many neighbouring bins. "
        "Fewer than `bins`: the background is scaled to the mixture as a whole.",
    )
    uncertainty: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.05,
        description="Relative systematic uncertainty of the background in a bin, independent from "
        "bin to bin. The statistical uncertainty of the simulation comes on top.",
    )
    toys: Annotated[int, Field(ge=100, le=10_000_000)] = Field(
        10_000, description="Pseudo-experiments; the smallest p-value is one over this number."
    )

    @model_validator(mode="after")
    def _check_ranges(self) -> "BlindTest":
        if self.widest >= self.bins:
            raise ValueError(f"widest is {self.widest}: it must be less than bins, {self.bins}")
        return self

    @override
    def check(self, config: Known) -> None:
        super().check(config)
        if not self.enabled:
            return
        if not self.list_selections(config):
            raise ValueError(
                f"{self.key}: no selection has signals and data to hide them in; list samples in "
                "selections.<name>.signals and .data, or disable the study"
            )
        for name in self.list_selections(config):
            what = f"{self.key}.signals: signal of the selection {name},"
            check_names(self.signals, config.selections[name].signals, what)
