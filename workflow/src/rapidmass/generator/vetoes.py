"""Which collisions Pythia makes in full: what a filter demands, and an enrichment draws."""

import random
from collections import deque
from typing import Any, Final

import numpy as np
import pythia8mc
from numpy.typing import NDArray

from rapidmass.config.inputs.event_filters import Enrichment, Filter
from rapidmass.generator.hard_momenta import HardMomenta, find_probability
from rapidmass.generator.particles import LEPTON_ETA, LIGHT_LEPTON_PT, TAU_PT

MARK: Final = 3  # row of the first parton that collides; its energy tells an event from others
HEAVY_QUARK_PT: Final = 8.0  # GeV; softer ones make no lepton that is stored
_SHOWER_PT: Final = 40.0  # GeV; what radiates later hardly changes a high momentum
_LEPTONS: Final = (11, 13, 15)
_BOSONS: Final = (23, 24)
_HEAVY_QUARKS: Final = (4, 5)


class Vetoes(pythia8mc.UserHooks):  # type: ignore[misc]
    """Vetoes events as soon as it is known that they are not wanted, and counts them.

    An event that the filter accepts is kept with a probability p and then weighs 1 / p: weighted
    sums have the same mean whatever p is.

    Parameters
    ----------
    demand
        What an event must have.
    enrichment
        With which probability an event is kept; always if None.
    seed
        Seed of the random numbers that decide it.
    """

    def __init__(self, demand: Filter, enrichment: Enrichment | None, *, seed: int) -> None:
        super().__init__()
        self._demand = demand
        self._enrichment = enrichment
        self._random = random.Random(seed)
        self._weights: deque[tuple[float, float]] = deque()
        self._mark = 0.0
        self._undecided: HardMomenta | None = None
        self._flavour_undecided = False
        self.tried = 0
        self.accepted = 0
        self.kept = 0
        self.kept_weight = 0.0

    def take_weights(self, marks: NDArray[np.float64]) -> NDArray[np.float64]:
        """Hand over the weights of events that were made in full.

        Parameters
        ----------
        marks
            Energies of the first partons that collide, in the order of the events.

        Returns
        -------
        ndarray
            Weights, shape (events,).
        """
        weights = np.empty(len(marks))
        for number, mark in enumerate(marks.tolist()):
            # those in between were lost later: in the shower, or as their hadrons were made
            while (kept := self._weights.popleft())[0] != mark:
                pass
            weights[number] = kept[1]
        return weights

    def canVetoProcessLevel(self) -> bool:  # noqa: N802 (Pythia's name, as all that follow)
        """Say that hard processes are judged."""
        return True

    def doVetoProcessLevel(self, process: Any) -> bool:  # noqa: ANN401, N802
        """Judge a hard process."""
        self.tried += 1
        if not self._accepts(process):
            return True
        self.accepted += 1
        self._mark = process[MARK].e()
        self._flavour_undecided = self._enrichment is not None and self._enrichment.light < 1
        if self._enrichment is not None and self._enrichment.by_momenta:
            self._undecided = HardMomenta(process, self._enrichment)
        else:
            self._keep(1.0)
        return False

    def canVetoPT(self) -> bool:  # noqa: N802
        """Say whether showers are judged half-way."""
        return self._enrichment is not None and self._enrichment.by_momenta

    def scaleVetoPT(self) -> float:  # noqa: N802
        """Give the transverse momentum at which they are."""
        return _SHOWER_PT

    def doVetoPT(self, position: int, event: Any) -> bool:  # noqa: ANN401, ARG002, N802
        """Judge a shower half-way."""
        # a shower that fails is made again, and what was decided stays so
        if self._undecided is None or self._enrichment is None:
            return False
        momenta, self._undecided = self._undecided.measure(event), None
        probability = find_probability(self._enrichment, momenta)
        if self._random.random() >= probability:
            return True
        self._keep(1 / probability)
        return False

    def canVetoPartonLevel(self) -> bool:  # noqa: N802
        """Say whether finished showers are judged."""
        flavour = self._enrichment is not None and self._enrichment.light < 1
        return flavour or self._demand.bosons > 0

    def doVetoPartonLevel(self, event: Any) -> bool:  # noqa: ANN401, N802
        """Judge a finished shower."""
        if self._demand.bosons > 0 and _count_bosons(event) < self._demand.bosons:
            return True
        # here, too, what was decided stays so
        if not self._flavour_undecided or self._enrichment is None:
            return False
        self._flavour_undecided = False
        if _has_heavy_quark(event):
            return False
        _, weight = self._weights.pop()
        self.kept -= 1
        self.kept_weight -= weight
        if self._random.random() >= self._enrichment.light:
            return True
        self._keep(weight / self._enrichment.light)
        return False

    def _accepts(self, process: Any) -> bool:  # noqa: ANN401
        seen = 0
        every = 0
        for i in range(process.size()):
            particle = process[i]
            pdg_id = particle.idAbs()
            if pdg_id in _LEPTONS and particle.isFinal():
                every += 1
                limit = TAU_PT if pdg_id == 15 else LIGHT_LEPTON_PT
                seen += particle.pT() > limit and abs(particle.eta()) < LEPTON_ETA
        exact = self._demand.all_charged_leptons
        return seen >= self._demand.charged_leptons and exact in (None, every)

    def _keep(self, weight: float) -> None:
        self.kept += 1
        self.kept_weight += weight
        self._weights.append((self._mark, weight))


def _count_bosons(event: Any) -> int:  # noqa: ANN401
    # only the last copy of a boson has a fermion as daughter
    return sum(
        event[i].idAbs() in _BOSONS and event[event[i].daughter1()].idAbs() < 20
        for i in range(event.size())
    )


def _has_heavy_quark(event: Any) -> bool:  # noqa: ANN401
    for i in range(event.size()):
        particle = event[i]
        heavy = particle.idAbs() in _HEAVY_QUARKS
        if heavy and particle.isFinal() and particle.pT() > HEAVY_QUARK_PT:
            return True
    return False
