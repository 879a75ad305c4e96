"""Numbers as a reader wants to see them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor, log10
from typing import Any

from uncertainties import ufloat

from rapidmass.config.search.unblinding import Unblinding

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


def write_measurement(value: float | None, *uncertainties: float | None) -> str:
    """Write a number with its uncertainties, rounded as the Particle Data Group does.

    Parameters
    ----------
    value
        None is undefined.
    uncertainties
        None is not known, and left out. The smallest but 0 decides on the digits.

    Returns
    -------
    str
        `1.24 ± 0.05`, `1.236 ± 0.012 ± 0.150`, or `(1.00 ± 0.20) × 10⁻⁷`.
    """
    if value is None:
        return UNDEFINED
    known = [abs(u) for u in uncertainties if u is not None]
    # rounding leaves uncertainties of nothing but 1e-16 of the value
    smallest = min((u for u in known if u > 1e-12 * abs(value)), default=0.0)
    if not smallest:
        return write_number(value)
    size = max(abs(value), *known)
    if 1e-4 <= size < 1e10:
        return " ± ".join(_round_numbers((value, *known), smallest))
    power = floor(log10(size))
    scaled = (number / 10.0**power for number in (value, *known))
    exponent = str(power).translate(SUPERSCRIPTS)
    return f"({' ± '.join(_round_numbers(scaled, smallest / 10.0**power))}) × 10{exponent}"


def _round_numbers(numbers: Iterable[float], uncertainty: float) -> Iterator[str]:
    for number in numbers:
        rounded = f"{ufloat(number, uncertainty):,fP}"
        yield rounded.split("±")[0].replace("-", "−")


def write_interval(value: float | None, low: float | None, high: float | None) -> str:
    """Write a number with the ends of its interval, to the digits that half its width has.

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
    if low == high:
        return write_number(value)
    value_text, *ends = _round_numbers((value, low, high), (high - low) / 2)
    return f"{value_text} ({' to '.join(ends)})"


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


def write_number_of(count: int, what: str) -> str:
    """Write how many there are of something that takes an s where there are several."""
    return f"{write_count(count)} {what}{'s' * (count != 1)}"


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


def write_decision(what: str, decision: Unblinding) -> str:
    """Write what was decided (`Unblinded`), by whom, when and why."""
    day = "" if decision.date is None else f" on {decision.date.isoformat()}"
    return f"{what} by {decision.by}{day}. Reason given: “{decision.reason.rstrip('.')}”."


def join_words(words: Sequence[str], most: int = 12) -> str:
    """List words, not more than some of them."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
