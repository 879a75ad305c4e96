"""Sums of weights behind cuts, and their significances."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.significance import (
    Significance,
    combine_shifts,
    compute_asimov_significance,
    compute_profiled_significance,
    compute_simple_significance,
    correct_curvature,
)
from rapidmass.statistics.weighted_events import count_effective

Scan = Mapping[str, Sequence[Any]]


POWERS = (1, 2, 1, 2, 3, 4, 1, 2)  # of the weights in each field of `Sums`


class Sums(NamedTuple):
    """Sums of powers of weights of signal and of background, shape (..., cuts).

    Parameters
    ----------
    s, s_variance, b, b_variance
        Sums of weights and of squared weights.
    b_third, b_fourth
        Sums of third and fourth powers of the background's weights.
    predicted, predicted_variance
        What classes of weights let expect of b and its variance, whether heavy events happen to
        pass or not, see `rapidmass.search.predictions`.
    shifted
        The same behind the same cuts, for each systematic variation.
    """

    s: NDArray[np.float64]
    s_variance: NDArray[np.float64]
    b: NDArray[np.float64]
    b_variance: NDArray[np.float64]
    b_third: NDArray[np.float64]
    b_fourth: NDArray[np.float64]
    predicted: NDArray[np.float64]
    predicted_variance: NDArray[np.float64]
    shifted: tuple["Sums", ...] = ()

    def scale(self, factor: float) -> "Sums":
        """Scale all weights."""
        pairs = zip(self[:-1], POWERS, strict=True)
        scaled = (values * factor**power for values, power in pairs)
        return Sums._make([*scaled, tuple(sums.scale(factor) for sums in self.shifted)])

    def add(self, other: "Sums") -> "Sums":
        """Add those of other events."""
        added = (a + b for a, b in zip(self[:-1], other[:-1], strict=True))
        shifted = zip(self.shifted, other.shifted, strict=True)
        return Sums._make([*added, tuple(a.add(b) for a, b in shifted)])

    @classmethod
    def stack(cls, parts: Sequence["Sums"]) -> "Sums":
        """Put several sums of one shape into one, along a new first axis."""
        values = map(np.array, zip(*(part[:-1] for part in parts), strict=True))
        shifted = zip(*(part.shifted for part in parts), strict=True)
        return cls._make([*values, tuple(map(cls.stack, shifted))])

    def pick(self, place: int) -> "Sums":
        """Take one cut."""
        values = (values[place : place + 1] for values in self[:-1])
        return Sums._make([*values, tuple(sums.pick(place) for sums in self.shifted)])

    def relate_shifts(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Compute shifted over nominal yields minus 1: of signal and of background.

        Each of shape (shifts, ..., cuts); NaN where the nominal yield is not positive.
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


def sum_all(
    background: NDArray[np.float64],
    signal: NDArray[np.float64],
    predicted: tuple[float, float] | None = None,
) -> Sums:
    """Sum powers of weights.

    Parameters
    ----------
    background, signal
        Their weights, shape (events,).
    predicted
        What is expected of the background and of its variance; None: what there is.

    Returns
    -------
    Sums
        Shape (1,).
    """
    s = [np.array([(signal**power).sum()]) for power in (1, 2)]
    b = [np.array([(background**power).sum()]) for power in (1, 2, 3, 4)]
    expected = b[:2] if predicted is None else [np.array([value]) for value in predicted]
    return Sums._make([*s, *b, *expected, ()])


def sum_above(
    background: ScoredEvents,
    signal: ScoredEvents,
    passed: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    axis: Axis,
) -> Sums:
    """Sum powers of weights at or above each lower edge of the MET axis.

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
        One cut a bin. What is expected of the background is what there is.
    """
    sums = []
    for events, chosen, powers in ((signal, passed[1], 2), (background, passed[0], 4)):
        place = np.searchsorted(axis.edges[:-1], events.variables["met"][chosen], side="right")
        for power in range(1, powers + 1):
            content = events.weight[chosen] ** power
            binned = np.bincount(place, content, minlength=axis.bins + 1).astype(np.float64)
            sums.append(np.cumsum(binned[:0:-1])[::-1])
    return Sums._make([*sums, *sums[2:4], ()])


def list_significances(
    sums: Sums, settings: ScanSettings, sources: Sequence[str] = ()
) -> dict[str, list[Any]]:
    """List yields and significances, where enough simulation is expected.

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
        As from `describe_sums`; without significances where the expected number of effective
        events is below the floor.
    """
    effective = count_effective(sums.predicted, sums.predicted_variance)
    return describe_sums(
        sums, settings, sources, quoted=effective >= settings.minimum_effective_events
    )


def describe_sums(
    sums: Sums, settings: ScanSettings, sources: Sequence[str], *, quoted: NDArray[np.bool_]
) -> dict[str, list[Any]]:
    """Describe yields, and significances where they are quoted.

    Parameters
    ----------
    sums
        Of signal and background.
    settings
        Uncertainty of the background.
    sources
        What is uncertain, of each shift in the sums.
    quoted
        Shape (cuts,): whether to quote significances.

    Returns
    -------
    dict
        `s`, `b` and their variances; that of b is the larger one of the sum of squared weights and
        of what classes of weights let expect. `effective`: expected effective background events.
        Significances, corrected for the finite simulation
        (`rapidmass.statistics.significance.correct_curvature`), each with the uncertainty that
        simulation gives it, None where undefined or not quoted: `asimov` (background known),
        `profiled` (with the uncertainty of the background), `simple` (s / sqrt(b)). With shifts
        also `s_systematic` and `b_systematic`: what these change, relative to the yield, None where
        that is not positive. That of b adds to its uncertainty in quadrature.
    """
    variance = np.maximum(sums.b_variance, sums.predicted_variance)
    listed: dict[str, list[Any]] = {
        "s": sums.s.tolist(),
        "s_variance": sums.s_variance.tolist(),
        "b": sums.b.tolist(),
        "b_variance": variance.tolist(),
        "effective": count_effective(sums.predicted, sums.predicted_variance).tolist(),
    }
    uncertainty = relate_uncertainty(sums, settings, sources)
    if sums.shifted:
        for kind, relative in zip("sb", sums.relate_shifts(), strict=True):
            combined = combine_shifts(relative, sources)
            listed[f"{kind}_systematic"] = _list_defined(combined, np.isfinite(combined))
    for name, significance in _compute_significances(sums, variance, uncertainty).items():
        listed[name] = _list_defined(significance.value, quoted)
        listed[f"{name}_uncertainty"] = _list_defined(significance.uncertainty, quoted)
    return listed


def _compute_significances(
    sums: Sums, variance: NDArray[np.float64], uncertainty: NDArray[np.float64]
) -> dict[str, Significance]:
    profile = partial(
        compute_profiled_significance,
        background_uncertainty=uncertainty,
        b_moments=(sums.b_third, sums.b_fourth),
    )
    kinds: dict[str, Callable[..., Significance]] = {
        "asimov": compute_asimov_significance,
        "profiled": profile,
        "simple": compute_simple_significance,
    }
    found = {}
    for name, compute in kinds.items():
        quoted = compute(sums.s, sums.b, sums.s_variance, variance)
        corrected = correct_curvature(
            partial(_evaluate, compute, sums.s, variance), sums.b, variance
        )
        found[name] = Significance(corrected, quoted.uncertainty)
    return found


def _evaluate(
    compute: Callable[..., Significance],
    s: NDArray[np.float64],
    variance: NDArray[np.float64],
    b: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Compute a significance for another b, with nothing else changed."""
    return compute(s, b, 0.0, variance).value


def _list_defined(values: NDArray[np.float64], enough: NDArray[np.bool_]) -> list[float | None]:
    defined = enough & np.isfinite(values)
    return [float(v) if good else None for v, good in zip(values, defined, strict=True)]


def relate_uncertainty(
    sums: Sums, settings: ScanSettings, sources: Sequence[str]
) -> NDArray[np.float64]:
    """Relate the systematic uncertainty of the background to its yield.

    Parameters
    ----------
    sums
        Of signal and background.
    settings
        Uncertainty of the background.
    sources
        What is uncertain, of each shift in the sums.

    Returns
    -------
    ndarray of float64
        In the shape of the sums.
    """
    uncertainty = np.full(sums.b.shape, settings.background_uncertainty)
    if not sums.shifted:
        return uncertainty
    # without background there is no significance
    relative = combine_shifts(sums.relate_shifts()[1], sources)
    return np.asarray(np.hypot(uncertainty, np.nan_to_num(relative)))
