"""Numbers as a reader wants to see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidmass.config.studies.blind_test import Decision

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
UNDEFINED = "undefined"


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Parameters
    ----------
    columns
        Headings.
    rows
        Cells, as many as headings.
    words
        How many columns, from the left, hold words; the others hold numbers.
    marked
        Indices of rows to set off: totals.
    note
        What is said below.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    marked: frozenset[int] = field(default_factory=frozenset)
    note: str = ""


def write_number(value: float | None, digits: int = 3) -> str:
    """Write a number.

    Parameters
    ----------
    value
        None is undefined.
    digits
        Significant digits.

    Returns
    -------
    str
        `1,234`, `0.0123`, or `1.23 × 10⁻⁷`.
    """
    if value is None:
        return UNDEFINED
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if -4 <= power < 10:
        text = f"{float(f'{mantissa}e{power}'):,.{max(digits - 1 - power, 0)}f}"
    else:
        text = f"{mantissa} × 10{str(power).translate(SUPERSCRIPTS)}"
    return text.replace("-", "−")


def write_measurement(value: float | None, uncertainty: float | None) -> str:
    """Write a number with its uncertainty, to two digits of the latter.

    Parameters
    ----------
    value, uncertainty
        None is undefined.

    Returns
    -------
    str
        `1.234 ± 0.056`.
    """
    if value is None:
        return UNDEFINED
    if not uncertainty:
        return write_number(value)
    power = int(f"{uncertainty:.1e}".split("e")[1])
    decimals = min(max(1 - power, 0), 6)
    return f"{value:,.{decimals}f} ± {uncertainty:,.{decimals}f}".replace("-", "−")


def write_interval(value: float | None, low: float | None, high: float | None) -> str:
    """Write a number with the ends of its interval, to two digits of half its width.

    Parameters
    ----------
    value, low, high
        None is undefined.

    Returns
    -------
    str
        `0.123 (0.111 to 0.136)`.
    """
    if value is None or low is None or high is None:
        return UNDEFINED
    half = (high - low) / 2
    if not half:
        return write_number(value)
    decimals = min(max(1 - int(f"{half:.1e}".split("e")[1]), 0), 6)
    ends = f"({low:,.{decimals}f} to {high:,.{decimals}f})"
    return f"{value:,.{decimals}f} {ends}".replace("-", "−")


def write_efficiency(measured: Mapping[str, Any]) -> str:
    """Write an efficiency with its interval, in per cent.

    Parameters
    ----------
    measured
        `efficiency`, `low` and `high`; None is undefined.

    Returns
    -------
    str
        `12 % (10 to 15)`.
    """
    if measured["efficiency"] is None:
        return UNDEFINED
    value, low, high = (100 * measured[key] for key in ("efficiency", "low", "high"))
    digits = 1 if high < 20 else 0
    return f"{value:.{digits}f} % ({low:.{digits}f} to {high:.{digits}f})".replace("-", "−")


def write_count(count: int) -> str:
    """Write a number of events in full."""
    return f"{count:,}"


def write_setting(value: float) -> str:
    """Write a number as someone set it, without zeros at the end."""
    return f"{value:,.6g}".replace("-", "−")


def write_share(share: float) -> str:
    """Write a share in per cent."""
    return f"{write_number(100 * share)} %"


def write_cut(quantile: float) -> str:
    """Write a cut on the score: the share of the background that it removes."""
    return "none" if quantile == 0 else f"{100 * quantile:.10g} % removed"


def write_luminosity(luminosity: float) -> str:
    """Write a luminosity, given in pb^-1."""
    if luminosity < 100:
        return f"{luminosity:.4g} pb⁻¹"
    return f"{luminosity / 1000:.4g} fb⁻¹"


def name_data(data: int, pseudo_data: int) -> str:
    """Name what is used as data.

    Parameters
    ----------
    data
        Number of samples.
    pseudo_data
        How many of them were drawn from simulation.

    Returns
    -------
    str
        Data, pseudo-data, or both; empty without any.
    """
    return " and ".join(["data"] * (data > pseudo_data) + ["pseudo-data"] * (pseudo_data > 0))


def write_decision(what: str, decision: Decision) -> str:
    """Write what was decided (`Unblinded`), by whom, when and why."""
    day = "" if decision.date is None else f" on {decision.date.isoformat()}"
    return f"{what} by {decision.by}{day}. Reason given: “{decision.reason.rstrip('.')}”."


def join_words(words: Sequence[str], most: int = 12) -> str:
    """List words, not more than some of them."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
