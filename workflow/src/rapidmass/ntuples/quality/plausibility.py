"""Whether numbers from an ntuple can be what its format says they are."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.four_vectors import KINEMATICS
from rapidmass.columnar.jagged import Jagged, Values, spread
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.ntuples.format.builder import UNITS
from rapidmass.ntuples.format.systematics import shift_format
from rapidmass.ntuples.quality.format_check import IN_FILE, FormatCheck
from rapidmass.ntuples.quality.invalid_values import BadEvent

# Medians in GeV of the pT of any collection. Detectors see nothing below, colliders make nothing
# above: a unit that is wrong is wrong by a factor of 1000.
SOFTEST, HARDEST = 0.5, 1500.0
MOST_APART = 100.0  # ratio of medians of two momenta of the same events
OFTEN = 0.01  # share of numbers or events, beyond which it is not by chance
FEW = 30  # numbers, of which no distribution can be told


class Doubt(NamedTuple):
    """What is strange.

    Parameters
    ----------
    is_fault
        Whether it can only be a mistake; otherwise, it can be right.
    text
        For people.
    """

    is_fault: bool
    text: str


def find_doubts(settings: NtupleFormat, check: FormatCheck, *, is_data: bool) -> list[Doubt]:
    """Find what is strange in the values of the expressions of a format.

    Parameters
    ----------
    settings
        The format.
    check
        What its expressions gave. Those that gave nothing are left out.
    is_data
        Whether the file is to hold data.

    Returns
    -------
    list of Doubt
        Faults and others.
    """
    values = {
        name: outcome.values
        for name, outcome in check.outcomes.items()
        if outcome.values is not None
    }
    if check.tried == 0:
        return [Doubt(False, "the tree has no entries: nothing can be said of its numbers")]
    unit = settings.energy_unit
    doubts = [
        doubt for name in settings.collections for doubt in _judge_collection(name, values, unit)
    ]
    doubts += _judge_met(settings, values, unit)
    doubts += _judge_weights(values, is_data=is_data)
    doubts += _judge_identity(values, check.tried)
    doubts += _judge_objects(settings, values, check.tried)
    doubts += _judge_constants(values)
    doubts += _judge_events(check)
    if not is_data:
        doubts += _judge_shifts(settings)
    return doubts


def _judge_events(check: FormatCheck) -> Iterator[Doubt]:
    """Judge what keeps events from being used, reason by reason."""
    if check.problem is not None:
        yield Doubt(True, check.problem)
    found: dict[str, list[BadEvent]] = {}
    for bad in check.bad_events:
        for reason in bad.reason.split("; "):
            found.setdefault(reason, []).append(bad)
    for reason, events in found.items():
        first = events[0]
        yield Doubt(
            len(events) > max(1, OFTEN * check.tried),
            f"{len(events)} of {check.tried} events cannot be used: {reason} (first: entry "
            f"{first.entry}, run {first.run}, event {first.event})",
        )


def _judge_shifts(settings: NtupleFormat) -> Iterator[Doubt]:
    for name in settings.shifts:
        try:
            shift_format(settings, name)
        except ValueError as error:
            yield Doubt(True, str(error))


def _flatten(values: Values) -> NDArray[np.float64]:
    content = values.content if isinstance(values, Jagged) else np.asarray(values)
    return content.astype(np.float64)


def _take_finite(values: Values) -> NDArray[np.float64]:
    column = _flatten(values)
    return column[np.isfinite(column)]


def _judge_collection(name: str, values: Mapping[str, Values], unit: str) -> Iterator[Doubt]:
    columns = {key: values[f"{name}.{key}"] for key in KINEMATICS if f"{name}.{key}" in values}
    for key, column in columns.items():
        bad = int(np.count_nonzero(~np.isfinite(_flatten(column))))
        if bad:
            size = len(_flatten(column))
            often = bad > max(1, OFTEN * size)
            hint = ": do energy and momentum have one unit?" if key == "mass" else ""
            text = f"{key} of {name} is not finite for {bad} of {size} objects{hint}"
            yield Doubt(often, text)
    if "pt" in columns:
        if not isinstance(columns["pt"], Jagged):
            yield Doubt(True, f"pt of {name} is one number an event, not a list")
        yield from _judge_pt(name, _take_finite(columns["pt"]), unit)
    if "eta" in columns:
        yield from _judge_eta(name, _take_finite(columns["eta"]))
    if "phi" in columns:
        yield from _judge_phi(f"phi of {name}", _take_finite(columns["phi"]))
    if {"pt", "mass"} <= set(columns):
        pt, mass = (_take_finite(columns[key]) for key in ("pt", "mass"))
        if pt.size and mass.size and np.median(mass) > 10 * np.median(pt) > 0:
            yield Doubt(True, f"masses of {name} are far above pT: have they another unit?")


def _judge_pt(name: str, pt: NDArray[np.float64], unit: str) -> Iterator[Doubt]:
    if pt.size == 0:
        return
    if np.any(pt < 0):
        yield Doubt(True, f"pt of {name} is negative for {np.count_nonzero(pt < 0)} objects")
    median = float(np.median(pt)) * UNITS[unit]
    told = f"the median pT of {name} is {median:.3g} GeV if the file has {unit}"
    if median > HARDEST:
        yield Doubt(True, f"{told}: is it in MeV? Set energy_unit to MeV")
    elif median < SOFTEST:
        other = "GeV" if unit == "MeV" else "TeV"
        yield Doubt(
            True,
            f"{told}: is it in {other}? "
            + ("Set energy_unit to GeV" if unit == "MeV" else "Multiply by 1000 in the format"),
        )


def _judge_eta(name: str, eta: NDArray[np.float64]) -> Iterator[Doubt]:
    if eta.size == 0:
        return
    largest = float(np.abs(eta).max())
    if largest > 10:
        yield Doubt(True, f"|eta| of {name} is up to {largest:.3g}: it is no pseudorapidity")
    elif largest > 6:
        yield Doubt(False, f"|eta| of {name} is up to {largest:.3g}, beyond any calorimeter")
    if eta.size >= FEW and np.all(eta >= 0):
        yield Doubt(
            True, f"eta of {name} is never negative: is it a polar angle, or its magnitude?"
        )


def _judge_phi(what: str, phi: NDArray[np.float64]) -> Iterator[Doubt]:
    if phi.size == 0:
        return
    largest = float(np.abs(phi).max())
    if largest > 2 * np.pi + 0.01:
        yield Doubt(True, f"{what} is up to {largest:.4g}: is it in degrees? Radians are needed")
    elif largest > np.pi + 0.01:
        yield Doubt(False, f"{what} is up to {largest:.4g}, not within -pi and pi: the same angles")
    elif phi.size >= FEW and largest < 0.5:
        yield Doubt(True, f"{what} is never beyond {largest:.2g}: azimuths go all around")


def _judge_met(settings: NtupleFormat, values: Mapping[str, Values], unit: str) -> Iterator[Doubt]:
    if "met_phi" in values:
        yield from _judge_phi("phi of MET", _take_finite(values["met_phi"]))
    if "met" not in values:
        return
    met = _take_finite(values["met"])
    if np.any(met < 0):
        yield Doubt(True, f"MET is negative in {np.count_nonzero(met < 0)} events")
    if met.size == 0 or not np.any(met):
        yield Doubt(True, "MET is 0 in all events")
        return
    for name in settings.collections:
        pt = _take_finite(values.get(f"{name}.pt", np.zeros(0)))
        ratio = np.median(met) / np.median(pt) if pt.size and np.median(pt) > 0 else 1.0
        if not 1 / MOST_APART < ratio < MOST_APART:
            yield Doubt(
                True,
                f"the median MET ({np.median(met):.3g} {unit}) is {ratio:.2g} times the median pT "
                f"of {name}: have they one unit?",
            )


def _judge_weights(values: Mapping[str, Values], *, is_data: bool) -> Iterator[Doubt]:
    if is_data:
        return  # they have none
    for name in ("generator_weight", "scale_factor"):
        if name not in values:
            continue
        weights, what = _flatten(values[name]), name.replace("_", " ")
        bad = int(np.count_nonzero(~np.isfinite(weights)))
        if bad:
            yield Doubt(False, f"the {what} is not finite in {bad} events")
        if not np.any(weights):
            yield Doubt(True, f"the {what} is 0 in all events: if these are data, say --data")
        elif np.all(weights == 1):
            yield Doubt(False, f"the {what} is 1 in all events")
        elif np.any(weights == 0):
            yield Doubt(False, f"the {what} is 0 in {np.count_nonzero(weights == 0)} events")
        if np.any(weights < 0):
            share = np.mean(weights < 0)
            is_fault = name == "scale_factor"
            yield Doubt(is_fault, f"the {what} is negative in {share:.1%} of the events")


def _judge_identity(values: Mapping[str, Values], tried: int) -> Iterator[Doubt]:
    keys = ("run", "dataset", "event")
    if not set(keys) <= set(values):
        return
    columns = [np.asarray(values[key]) for key in keys]
    if not np.any(columns[0]):
        yield Doubt(False, "the run number is 0 in all events")
    named = np.rec.fromarrays(columns)
    known, first, counts = np.unique(named, return_index=True, return_counts=True)
    if len(known) < tried:
        again = int(first[np.argmax(counts)])
        told = ", ".join(
            f"{key} {column[again]}" for key, column in zip(keys, columns, strict=True)
        )
        yield Doubt(
            True,
            f"{tried - len(known)} of {tried} events have run, dataset and event number of another "
            f"({told} comes {counts.max()} times): events need names of their own",
        )


def _judge_objects(
    settings: NtupleFormat, values: Mapping[str, Values], tried: int
) -> Iterator[Doubt]:
    for name, counts in count_objects(settings, values).items():
        if not np.any(counts):
            yield Doubt(False, f"no {name} is found in any of {tried} events")
    if "trigger" in values and not np.any(values["trigger"]):
        yield Doubt(False, f"none of {tried} events passes the trigger")


def count_objects(
    settings: NtupleFormat, values: Mapping[str, Values]
) -> dict[str, NDArray[np.int64]]:
    """Count the objects of each event.

    Parameters
    ----------
    settings
        The format.
    values
        What its expressions gave.

    Returns
    -------
    dict
        For each object that can be computed, numbers of shape (events,).
    """
    counts = {}
    for name, definition in settings.objects.items():
        pt, chosen = values.get(f"{definition.collection}.pt"), values.get(f"where {name}")
        if isinstance(pt, Jagged) and chosen is not None:
            counts[name] = (spread(chosen, pt) != 0).reduce(np.add, 0)
    return counts


def _judge_constants(values: Mapping[str, Values]) -> Iterator[Doubt]:
    constants = {}
    for name, column in values.items():
        if not name.startswith(IN_FILE):
            continue
        what, numbers = name.removeprefix(IN_FILE), np.unique(_flatten(column))
        if not np.isfinite(numbers).all():
            yield Doubt(True, f"in_file: {what} is not finite")
        elif np.ptp(numbers) > 1e-6 * np.abs(numbers).max():
            yield Doubt(True, f"in_file: {what} is no constant: {numbers[0]:g} to {numbers[-1]:g}")
        elif not numbers[0] > 0:
            yield Doubt(True, f"in_file: {what} is {numbers[0]:g}: the file does not know it")
        constants[what] = numbers[0]
    if constants.get("cross_section") == constants.get("sum_of_weights") == 1:
        yield Doubt(
            False,
            "in_file: cross section and sum of weights are both 1, as where nobody filled them in: "
            "give numbers in the sample sheet",
        )
