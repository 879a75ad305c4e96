"""Event variables, and cuts on them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.columnar.expressions import Expression
from rapidmass.columnar.four_vectors import stack_types
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.search.selection import Cut
from rapidmass.ntuples.format.cutflow import Cutflow
from rapidmass.ntuples.format.events import Built, Events
from rapidmass.provenance.compilation import compile_function

LEADING = 3


@dataclass(frozen=True)
class EventVariables:
    """What selections cut on and figures show.

    Parameters
    ----------
    values
        Shape (events,) each: `trigger`, `met`, `n_<object>`, `n_lep`, `pt_lep1` to `pt_lep3`,
        `m_ll`, `m_lll`; NaN where an event lacks the lepton.
    flavour
        Shape (events,): words with one letter per lepton, `eem`.
    """

    values: Mapping[str, NDArray[Any]]
    flavour: pa.DictionaryArray


def compute_variables(events: Events, leptons: Sequence[str]) -> EventVariables:
    """Compute the event variables.

    Parameters
    ----------
    events
        The events.
    leptons
        The objects that are signal leptons.

    Returns
    -------
    EventVariables
        `m_ll` is the mass of the two leading leptons, `m_lll` of the three leading ones.
    """
    values: dict[str, NDArray[Any]] = {"trigger": events.trigger, "met": events.met}
    for name, vectors in events.objects.items():
        values[f"n_{name}"] = vectors.counts
    found = [events.objects[name] for name in leptons]
    offsets, (pt, eta, phi, mass) = stack_types(found)
    leading_pt = np.full((LEADING, len(events)), np.nan)
    masses = np.full((LEADING - 1, len(events)), np.nan)
    _describe_leptons(offsets, pt, eta, phi, mass, leading_pt, masses)
    values["n_lep"] = np.diff(offsets, axis=1).sum(axis=0)
    for rank in range(LEADING):
        values[f"pt_lep{rank + 1}"] = leading_pt[rank]
    values["m_ll"], values["m_lll"] = masses
    return EventVariables(values, _spell_flavours(leptons, [vectors.counts for vectors in found]))


def _spell_flavours(
    leptons: Sequence[str], counts: Sequence[NDArray[np.int64]]
) -> pa.DictionaryArray:
    code = np.zeros(len(counts[0]), dtype=np.int64)
    for number in counts:
        code = code * (1 + int(number.max(initial=0))) + number
    present, first, index = np.unique(code, return_index=True, return_inverse=True)
    spelled = [
        "".join(name[0] * int(number[row]) for name, number in zip(leptons, counts, strict=True))
        for row in first[: len(present)]
    ]
    words = pa.array(spelled, type=pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), words)


@compile_function("numpy")
def _describe_leptons(
    offsets: NDArray[np.int64],
    pt: NDArray[np.float64],
    eta: NDArray[np.float64],
    phi: NDArray[np.float64],
    mass: NDArray[np.float64],
    leading_pt: NDArray[np.float64],
    invariant_mass: NDArray[np.float64],
) -> None:
    """Fill in pT of the leading leptons, and the masses of the first two, the first three, ...

    Leptons of one type come by falling pT; of equal ones the type that comes first leads.
    """
    types, edges = offsets.shape
    following = np.empty(types, dtype=np.int64)
    for event in range(edges - 1):
        following[:] = offsets[:, event]
        energy, px, py, pz = 0.0, 0.0, 0.0, 0.0
        for rank in range(leading_pt.shape[0]):
            leading = -1
            for kind in range(types):
                if following[kind] < offsets[kind, event + 1] and (
                    leading < 0 or pt[following[kind]] > pt[following[leading]]
                ):
                    leading = kind
            if leading < 0:
                break
            i = following[leading]
            following[leading] += 1
            leading_pt[rank, event] = pt[i]
            growth = math.exp(eta[i])
            z = 0.5 * pt[i] * (growth - 1.0 / growth)
            x, y = pt[i] * math.cos(phi[i]), pt[i] * math.sin(phi[i])
            energy += math.sqrt(x * x + y * y + z * z + mass[i] * mass[i])
            px, py, pz = px + x, py + y, pz + z
            if rank > 0:
                square = energy * energy - px * px - py * py - pz * pz
                invariant_mass[rank - 1, event] = math.sqrt(max(square, 0.0))


def list_objects(settings: NtupleFormat, cuts: Sequence[Cut], types: Sequence[str]) -> list[str]:
    """List the objects that a shard needs.

    Parameters
    ----------
    settings
        The ntuple format.
    cuts
        The selection: `n_<object>` in a cut needs that object.
    types
        Objects of the matrix.

    Returns
    -------
    list of str
        Each once, in the order of first need.
    """
    counted = [
        name.removeprefix("n_") for cut in cuts for name in sorted(Expression(cut.require).names)
    ]
    known = [name for name in counted if name in settings.objects]
    return list(dict.fromkeys([*types, *settings.leptons, *known]))


class Selector:
    """Applies cuts one after the other and keeps the cutflow.

    Parameters
    ----------
    cuts
        The steps of the selection.
    leptons
        The objects that are signal leptons.
    before
        Names of the steps in which events are left out before any cut.

    Raises
    ------
    ValueError
        If an expression is malformed.
    """

    def __init__(
        self, cuts: Sequence[Cut], leptons: Sequence[str], before: Sequence[str] = ()
    ) -> None:
        self._requirements = [Expression(cut.require) for cut in cuts]
        self._leptons = tuple(leptons)
        self.cutflow = Cutflow.start([*before, *(cut.name for cut in cuts)])

    def select(
        self, built: Built, order: NDArray[np.int64] | None = None
    ) -> tuple[Events, EventVariables]:
        """Keep the events that pass every cut.

        Parameters
        ----------
        built
            Events of one chunk; they, and those left out before, enter the cutflow.
        order
            Shape (events,): in which order to give those that pass; as they are, if absent.

        Returns
        -------
        tuple of Events and EventVariables
            Of the events that pass.

        Raises
        ------
        ValueError
            If a cut uses a variable that does not exist, or is no condition.
        """
        events = built.events
        variables = compute_variables(events, self._leptons)
        weights = events.generator_weight * events.scale_factor
        passed = np.ones(len(events), dtype=np.bool_)
        for step, tally in enumerate(built.steps):
            self.cutflow.add(step, tally.raw, tally.weighted)
        first = len(self.cutflow.steps) - len(self._requirements)
        for step, requirement in enumerate(self._requirements, start=first):
            unknown = requirement.names - set(variables.values)
            if unknown:
                raise ValueError(
                    f"cut {requirement.text!r} uses {', '.join(sorted(unknown))}; there are "
                    f"{', '.join(sorted(variables.values))}"
                )
            passed &= requirement.select(variables.values)
            self.cutflow.add(step, int(passed.sum()), float(weights[passed].sum()))
        rows = np.flatnonzero(passed) if order is None else order[passed[order]]
        kept = {name: column[rows] for name, column in variables.values.items()}
        return events[rows], EventVariables(kept, variables.flavour.take(pa.array(rows)))
