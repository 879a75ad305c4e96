"""Significances of weighted yields, and the cuts that maximise them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.folds import FOLDS
from rapidmass.statistics.significance import (
    Significance,
    combine_shifts,
    compute_asimov_significance,
    compute_profiled_significance,
    compute_simple_significance,
)
from rapidmass.statistics.weighted_events import count_effective

Scan = Mapping[str, Sequence[Any]]


class Sums(NamedTuple):
    """Sums of weights and of squared weights: of signal and of background, shape (cuts,).

    `shifted` has the same behind the same cuts, for each systematic variation.
    """

    s: NDArray[np.float64]
    s_variance: NDArray[np.float64]
    b: NDArray[np.float64]
    b_variance: NDArray[np.float64]
    shifted: tuple["Sums", ...] = ()

    def scale(self, factor: float) -> "Sums":
        """Scale all weights."""
        s, s_variance, b, b_variance, shifted = self
        return Sums(
            s * factor,
            s_variance * factor**2,
            b * factor,
            b_variance * factor**2,
            tuple(sums.scale(factor) for sums in shifted),
        )

    def add(self, other: "Sums") -> "Sums":
        """Add those of other events."""
        return Sums(
            self.s + other.s,
            self.s_variance + other.s_variance,
            self.b + other.b,
            self.b_variance + other.b_variance,
            tuple(a.add(b) for a, b in zip(self.shifted, other.shifted, strict=True)),
        )

    def pick(self, place: int) -> "Sums":
        """Take one cut."""
        s, s_variance, b, b_variance = (values[place : place + 1] for values in self[:4])
        return Sums(s, s_variance, b, b_variance, tuple(x.pick(place) for x in self.shifted))

    def relate_shifts(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Compute shifted over nominal yields minus 1: of signal and of background.

        Each of shape (shifts, cuts); NaN where the nominal yield is not positive.
        """
        found = []
        for nominal, all_shifted in (
            (self.s, [sums.s for sums in self.shifted]),
            (self.b, [sums.b for sums in self.shifted]),
        ):
            shifted = np.array(all_shifted)
            empty = np.full(shifted.shape, np.nan)
            found.append(np.divide(shifted - nominal, nominal, out=empty, where=nominal > 0))
        return found[0], found[1]


def sum_all(background: ScoredEvents, signal: ScoredEvents) -> Sums:
    """Sum weights and their squares.

    Parameters
    ----------
    background, signal
        Scored events.

    Returns
    -------
    Sums
        Shape (1,).
    """
    s, b = signal.weight, background.weight
    return Sums(
        np.array([s.sum()]),
        np.array([(s**2).sum()]),
        np.array([b.sum()]),
        np.array([(b**2).sum()]),
    )


def sum_above(
    background: ScoredEvents,
    signal: ScoredEvents,
    passed: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    axis: Axis,
) -> Sums:
    """Sum weights and their squares at or above each lower edge of the MET axis.

    Parameters
    ----------
    background, signal
        Scored events.
    passed
        Which of them to sum.
    axis
        Bins of MET.

    Returns
    -------
    Sums
        One cut a bin.
    """
    sums = []
    for events, chosen in ((signal, passed[1]), (background, passed[0])):
        place = np.searchsorted(axis.edges[:-1], events.variables["met"][chosen], side="right")
        for content in (events.weight[chosen], events.weight[chosen] ** 2):
            binned = np.bincount(place, content, minlength=axis.bins + 1).astype(np.float64)
            sums.append(np.cumsum(binned[:0:-1])[::-1])
    s, s_variance, b, b_variance = sums
    return Sums(s, s_variance, b, b_variance)


def list_significances(
    sums: Sums, settings: ScanSettings, sources: Sequence[str] = ()
) -> dict[str, list[Any]]:
    """List yields and significances.

    Parameters
    ----------
    sums
        Of signal and background.
    settings
        Uncertainty of the background, and the floor.
    sources
        What is uncertain, of each shift in the sums.

    Returns
    -------
    dict
        `s`, `b` and their variances, `effective` (background events), and significances, each
        with the uncertainty that simulation gives it, None where undefined: `asimov` (background
        known), `profiled` (with the uncertainty of the background), `simple` (s / sqrt(b)). With
        shifts also `s_systematic` and `b_systematic`: what these change, relative to the yield,
        None where that is not positive. That of b adds to its uncertainty in quadrature.
    """
    effective = count_effective(sums.b, sums.b_variance)
    enough = effective >= settings.minimum_effective_events
    listed: dict[str, list[Any]] = {
        **{name: values.tolist() for name, values in zip(sums._fields, sums[:4], strict=False)},
        "effective": effective.tolist(),
    }
    uncertainty = np.full(len(sums.b), settings.background_uncertainty)
    if sums.shifted:
        s, b = (combine_shifts(relative, sources) for relative in sums.relate_shifts())
        listed["s_systematic"] = _list_defined(s, np.isfinite(s))
        listed["b_systematic"] = _list_defined(b, np.isfinite(b))
        # without background there is no significance
        uncertainty = np.hypot(uncertainty, np.nan_to_num(b))
    for name, significance in _compute_significances(sums, uncertainty).items():
        listed[name] = _list_defined(significance.value, enough)
        listed[f"{name}_uncertainty"] = _list_defined(significance.uncertainty, enough)
    return listed


def _compute_significances(sums: Sums, uncertainty: NDArray[np.float64]) -> dict[str, Significance]:
    totals = sums.s, sums.b, sums.s_variance, sums.b_variance
    return {
        "asimov": compute_asimov_significance(*totals),
        "profiled": compute_profiled_significance(*totals, background_uncertainty=uncertainty),
        "simple": compute_simple_significance(*totals),
    }


def _list_defined(values: NDArray[np.float64], enough: NDArray[np.bool_]) -> list[float | None]:
    defined = enough & np.isfinite(values)
    return [float(v) if good else None for v, good in zip(values, defined, strict=True)]


def find_optimum(scan: Scan) -> int | None:
    """Find the cut with the largest significance, the uncertainty of the background included.

    Parameters
    ----------
    scan
        From `list_significances`.

    Returns
    -------
    int or None
        Its place; None where no significance is defined.
    """
    defined = [k for k, value in enumerate(scan["profiled"]) if value is not None]
    return max(defined, key=lambda k: float(scan["profiled"][k]), default=None)


class FoldedSums(NamedTuple):
    """Sums of the two halves behind one cut on the score, at each cut on MET.

    Parameters
    ----------
    own
        Of each half, behind its own threshold: what it chooses cuts on.
    crossed
        Of each half, behind the threshold of the other: what cuts are evaluated on.
    """

    own: tuple[Sums, Sums]
    crossed: tuple[Sums, Sums]


def cross_fit(
    cuts: Sequence[FoldedSums], settings: ScanSettings, sources: Sequence[str] = ()
) -> dict[str, Any] | None:
    """Choose a cut on the score and one on MET on each half; evaluate them on the other.

    Parameters
    ----------
    cuts
        The cuts on the score to choose from.
    settings
        MET cuts, and what defines the significance.
    sources
        What is uncertain, of each shift in the sums.

    Returns
    -------
    dict or None
        `choices` (places of the chosen cuts on the score) and `met`, each of the first and of the
        second half, and yields and significances as in `list_significances`, of both halves
        together. None where a half has no defined significance to choose by, or the sum none.
    """
    choices = [_choose([cut.own[fold] for cut in cuts], settings, sources) for fold in FOLDS]
    first, second = choices
    if first is None or second is None:
        return None
    # what was chosen on one half is evaluated on the other
    one = cuts[second[0]].crossed[0].pick(second[1])
    other = cuts[first[0]].crossed[1].pick(first[1])
    listed = list_significances(one.add(other), settings, sources)
    if listed["asimov"][0] is None:
        return None
    return {
        "choices": [first[0], second[0]],
        "met": [float(settings.met.edges[place]) for _, place in (first, second)],
        **{name: values[0] for name, values in listed.items()},
    }


def _choose(
    cuts: Sequence[Sums], settings: ScanSettings, sources: Sequence[str]
) -> tuple[int, int] | None:
    """Choose a cut on the score and one on MET from the sums of one half."""
    best, places = None, None
    for number, sums in enumerate(cuts):
        # a half of the events stands for all of them; with the whole floor left in each half, the
        # two together do not fall below it on the events that did not choose
        scan = list_significances(sums.scale(2.0), settings, sources)
        place = find_optimum(scan)
        if place is not None and (best is None or scan["profiled"][place] > best):
            best, places = scan["profiled"][place], (number, place)
    return places
