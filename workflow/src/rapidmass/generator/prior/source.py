"""Events of the prior, as the detector takes them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.inputs.prior import Prior
from rapidmass.config.inputs.processes import Process
from rapidmass.generator.particles import (
    CHARGED,
    ELECTRON,
    INVISIBLE,
    LEPTON_ETA,
    LIGHT_LEPTON_PT,
    MUON,
    NEUTRAL,
    PROMPT,
    TAU,
    TAU_PT,
    UNSEEN,
    Particles,
)
from rapidmass.generator.prior import record as numbers
from rapidmass.generator.prior.decays import decay_new
from rapidmass.generator.prior.production import produce
from rapidmass.generator.prior.record import Record, choose_events
from rapidmass.generator.prior.standard_model import (
    UNSTABLE,
    decay_bosons,
    decay_taus,
    split_quarks,
)

BATCH: Final = 20_000  # events that are tried at once
_MOST_EMPTY: Final = 50  # batches in a row without an accepted event
_KINDS: Final = {
    numbers.ELECTRON: ELECTRON, numbers.MUON: MUON, numbers.NEUTRINO: INVISIBLE,
    numbers.INVISIBLE: INVISIBLE, numbers.CHARGED_HADRON: CHARGED, numbers.BOTTOM_HADRON: NEUTRAL,
}  # fmt: skip


class PriorSource:
    """Events of new particles by phase space.

    Parameters
    ----------
    process
        A process with a prior.
    seed
        Of all random numbers.
    """

    cross_section: Final = 1.0  # of nothing in nature
    mean_weight: Final = 1.0
    boson_share: Final = 1.0

    def __init__(self, process: Process, *, seed: int) -> None:
        if process.prior is None:
            raise ValueError("the process has no prior")
        self._prior, self._demand = process.prior, process.filter.charged_leptons
        self._rng = np.random.default_rng(seed)
        self._tried = self._accepted = 0

    def take_particles(self, events: int) -> tuple[Particles, NDArray[np.float64]]:
        """Generate events that the filter accepts.

        Parameters
        ----------
        events
            How many at most; fewer, but not none, where few of those tried are accepted.

        Returns
        -------
        Particles
            What the detector sees.
        ndarray
            Weights of the events: all 1.

        Raises
        ------
        ValueError
            If the filter accepts none.
        """
        for _ in range(_MOST_EMPTY):
            tried = make_events(self._prior, BATCH, self._rng)
            accepted = count_leptons(tried, BATCH) >= self._demand
            wanted = np.flatnonzero(accepted)[:events]
            if len(wanted):
                break
            self._tried += BATCH
        else:
            raise ValueError(
                f"none of {self._tried} events of the prior has filter.charged_leptons: "
                f"{self._demand}; lower it, or raise the shares of leptons in "
                "prior.decays.daughters"
            )
        # those behind the last one that is wanted were not tried
        last = wanted[-1] + 1 if len(wanted) == events else BATCH
        self._tried += int(last)
        self._accepted += len(wanted)
        chosen = choose_events(tried, accepted & (np.arange(BATCH) < last))
        return flatten_record(finish_events(chosen, self._rng), len(wanted)), np.ones(len(wanted))

    @property
    def filter_efficiency(self) -> float:
        """Share of the tried events that the filter accepts."""
        return self._accepted / self._tried

    @property
    def tried_weight(self) -> float:
        """Number of tried events: each has the weight 1."""
        return float(self._tried)


def make_events(prior: Prior, events: int, rng: np.random.Generator) -> Record:
    """Make events down to leptons, quarks and what is invisible.

    Parameters
    ----------
    prior
        What is made.
    events
        How many.
    rng
        Random numbers.

    Returns
    -------
    Record
        All generations: new particles first, then the quarks beside them, then what decays gave.
    """
    new, jets = produce(prior.production, events, prior.decays.jet_mass, rng)
    whole = Record.join([new, jets])
    decayed = decay_new(new, prior.decays, rng)
    while len(decayed):
        start = len(whole)
        whole = Record.join([whole, decayed])
        rows = start + np.flatnonzero(np.isin(np.abs(decayed.pdg_id), UNSTABLE))
        decayed = _point_to(decay_bosons(whole.take(rows), prior.decays, rng), rows)
    return whole


def finish_events(whole: Record, rng: np.random.Generator) -> Record:
    """Let taus decay, and split quarks: the last generation is what a detector sees."""
    kind = np.abs(whole.pdg_id)
    taus = np.flatnonzero(kind == numbers.TAU)
    quarks = np.flatnonzero((kind == numbers.LIGHT) | (kind == numbers.BOTTOM))
    return Record.join(
        [
            whole,
            _point_to(decay_taus(whole.take(taus), rng), taus),
            _point_to(split_quarks(whole.take(quarks), rng), quarks),
        ]
    )


def _point_to(daughters: Record, rows: NDArray[np.int64]) -> Record:
    """Make mothers rows of all generations instead of those that decayed."""
    return Record(
        daughters.event, daughters.pdg_id, rows[daughters.mother], daughters.momentum,
        daughters.mass,
    )  # fmt: skip


def count_leptons(whole: Record, events: int) -> NDArray[np.int64]:
    """Count the charged leptons that the filter counts.

    Parameters
    ----------
    whole
        From `make_events`.
    events
        How many there are.

    Returns
    -------
    ndarray
        Electrons and muons above 6 GeV, and taus above 12 GeV, within |eta| < 2.9.
    """
    kind = np.abs(whole.pdg_id)
    light = (kind == numbers.ELECTRON) | (kind == numbers.MUON)
    rows = np.flatnonzero(light | (kind == numbers.TAU))
    px, py, pz, _ = whole.momentum[rows].T
    pt = np.hypot(px, py)
    good = pt > np.where(light[rows], LIGHT_LEPTON_PT, TAU_PT)
    good &= np.abs(pz) < np.sinh(LEPTON_ETA) * pt
    return np.bincount(whole.event[rows[good]], minlength=events)


def flatten_record(whole: Record, events: int) -> Particles:
    """Order particles by event, as the detector takes them.

    Parameters
    ----------
    whole
        From `finish_events`.
    events
        How many there are.

    Returns
    -------
    Particles
        The same particles. Each is made at the collision, and no photon is radiated.
    """
    order = np.argsort(whole.event, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    ordered = whole.take(order)
    size = np.abs(ordered.pdg_id)
    # what the collision made is its own mother: nothing climbs above it
    mother = np.where(ordered.mother < 0, np.arange(len(order)), place[ordered.mother])
    kind = np.full(len(order), UNSEEN, np.int8)
    for number, one in _KINDS.items():
        kind[size == number] = one
    lepton = (kind == ELECTRON) | (kind == MUON)
    origin = np.where(lepton, np.where(size[mother] == numbers.TAU, TAU, PROMPT), 0)
    px, py, pz, energy = ordered.momentum.T
    pt = np.hypot(px, py)
    zeros = np.zeros(len(order))
    counts = np.bincount(ordered.event, minlength=events)
    return Particles(
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        event=ordered.event,
        pdg_id=ordered.pdg_id.astype(np.int32),
        status=np.where(kind == UNSEEN, -1, 1).astype(np.int32),
        mother=mother,
        px=px, py=py, pz=pz, energy=energy, mass=ordered.mass,
        x=zeros, y=zeros, z=zeros,
        pt=pt,
        eta=np.arcsinh(pz / np.maximum(pt, 1e-9)),
        phi=np.arctan2(py, px),
        kind=kind,
        origin=origin.astype(np.int8),
        radiated=np.zeros(len(order), np.bool_),
    )  # fmt: skip
