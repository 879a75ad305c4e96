"""Event variables, and cuts on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from rapidmass.config.selection import Cut
from rapidmass.expressions import Expression
from rapidmass.ntuples.cutflow import Cutflow
from rapidmass.ntuples.objects import Events

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
        Shape (events,): one letter per lepton, `eem`.
    """

    values: Mapping[str, NDArray[Any]]
    flavour: NDArray[np.str_]


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
    for name, records in events.objects.items():
        values[f"n_{name}"] = ak.to_numpy(ak.num(records, axis=1))
    together = ak.concatenate([events.objects[name] for name in leptons], axis=1)
    together = together[ak.argsort(together.pt, axis=1, ascending=False, stable=True)]
    values["n_lep"] = ak.to_numpy(ak.num(together, axis=1))
    padded = ak.pad_none(together, LEADING, axis=1, clip=True)
    kinematics = {
        key: ak.to_numpy(ak.fill_none(padded[key], np.nan)).astype(np.float64)
        for key in ("pt", "eta", "phi", "mass")
    }
    for rank in range(LEADING):
        values[f"pt_lep{rank + 1}"] = kinematics["pt"][:, rank]
    values["m_ll"] = compute_mass(**{key: column[:, :2] for key, column in kinematics.items()})
    values["m_lll"] = compute_mass(**kinematics)
    counts = np.stack([values[f"n_{name}"] for name in leptons], axis=1)
    compositions, index = np.unique(counts, axis=0, return_inverse=True)
    spelled = [
        "".join(name[0] * count for name, count in zip(leptons, composition, strict=True))
        for composition in compositions
    ]
    flavour = np.array(spelled, dtype=np.str_)[index]
    return EventVariables(values, flavour)


def compute_mass(
    pt: NDArray[np.float64],
    eta: NDArray[np.float64],
    phi: NDArray[np.float64],
    mass: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Compute invariant masses.

    Parameters
    ----------
    pt, eta, phi, mass
        Shape (events, objects), GeV and radians.

    Returns
    -------
    ndarray of float64, shape (events,)
        Mass of the sum of all objects in GeV; NaN where one is NaN.
    """
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    energy = np.sqrt(px**2 + py**2 + pz**2 + mass**2)
    total = [component.sum(axis=1) for component in (energy, px, py, pz)]
    square = total[0] ** 2 - total[1] ** 2 - total[2] ** 2 - total[3] ** 2
    root: NDArray[np.float64] = np.sqrt(np.maximum(square, 0.0))
    return root


class Selector:
    """Applies cuts one after the other and keeps the cutflow.

    Parameters
    ----------
    cuts
        The steps of the selection.
    leptons
        The objects that are signal leptons.

    Raises
    ------
    ValueError
        If an expression is malformed.
    """

    def __init__(self, cuts: Sequence[Cut], leptons: Sequence[str]) -> None:
        self._requirements = [Expression(cut.require) for cut in cuts]
        self._leptons = tuple(leptons)
        self.cutflow = Cutflow.start([cut.name for cut in cuts])

    def select(self, events: Events) -> tuple[Events, EventVariables]:
        """Keep the events that pass every cut.

        Parameters
        ----------
        events
            Events of one chunk; they enter the cutflow.

        Returns
        -------
        tuple of Events and EventVariables
            Of the events that pass.

        Raises
        ------
        ValueError
            If a cut uses a variable that does not exist.
        """
        variables = compute_variables(events, self._leptons)
        weights = events.generator_weight * events.scale_factor
        passed = np.ones(len(events), dtype=np.bool_)
        self.cutflow.count(0, weights)
        for step, requirement in enumerate(self._requirements, start=1):
            unknown = requirement.names - set(variables.values)
            if unknown:
                raise ValueError(
                    f"cut {requirement.text!r} uses {', '.join(sorted(unknown))}; there are "
                    f"{', '.join(sorted(variables.values))}"
                )
            passed &= np.asarray(requirement.evaluate(variables.values), dtype=np.bool_)
            self.cutflow.count(step, weights[passed])
        kept = {name: column[passed] for name, column in variables.values.items()}
        return events[passed], EventVariables(kept, variables.flavour[passed])
