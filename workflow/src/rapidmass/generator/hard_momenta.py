"""Momenta that an enrichment asks for, with the recoil of the hard process."""

import math
from typing import Any, Final

from rapidmass.config.inputs.event_filters import Enrichment

Momentum = tuple[float, float, float, float]  # x, y, z and energy in GeV

_INCOMING: Final = 4  # last row of what collides
_TAU_SHARE: Final = 0.6  # of a tau's momentum, which its neutrinos take in the mean
_INVISIBLE: Final = 0
_BOTTOM: Final = 5
_TAU: Final = 15
_BOSONS: Final = (23, 24)


class HardMomenta:
    """What decays of a hard process end in, and what they come from.

    The shower of the initial state pushes top quarks and bosons, and these take along what they
    decay to. Pythia keeps the decays as they were before the shower until it has ended.

    Parameters
    ----------
    process
        Pythia's record of the hard process.
    enrichment
        What decides. Nothing else is followed.
    """

    def __init__(self, process: Any, enrichment: Enrichment) -> None:  # noqa: ANN401 (no types)
        kinds = _list_kinds(enrichment)
        self._ends: list[tuple[int, int, Momentum]] = []
        self._made: dict[int, Momentum] = {}
        self._bosons: list[int] = []
        for row in range(_INCOMING + 1, process.size()):
            particle = process[row]
            pdg_id = particle.idAbs()
            if pdg_id in _BOSONS and particle.mother1() <= _INCOMING:
                self._bosons.append(row)
                self._made[row] = _read(particle)
            if not kinds or not particle.isFinal():
                continue
            kind = pdg_id if particle.isVisible() else _INVISIBLE
            if kind in kinds:
                first = _find_first(process, row)
                self._made[first] = _read(process[first])
                self._ends.append((first, kind, _read(particle)))

    def measure(self, event: Any) -> dict[str, float]:  # noqa: ANN401
        """Measure what an enrichment may ask for.

        Parameters
        ----------
        event
            Pythia's record of the same event, in the middle of its shower.

        Returns
        -------
        dict
            Transverse momenta in GeV by the name of the variable of `Enrichment`, right for those
            that are asked for.
        """
        now = {row: _read(event[event[row].iBotCopyId()]) for row in self._made}
        x = y = bottom = 0.0
        for first, kind, momentum in self._ends:
            px, py = carry(momentum, self._made[first], now[first])
            if kind == _BOTTOM:
                bottom = max(bottom, math.hypot(px, py))
            else:
                share = _TAU_SHARE if kind == _TAU else 1.0
                x, y = x + share * px, y + share * py
        boson = math.hypot(*(sum(now[row][axis] for row in self._bosons) for axis in (0, 1)))
        return {"invisible": math.hypot(x, y), "bottom": bottom, "boson": boson}


def find_probability(enrichment: Enrichment, momenta: dict[str, float]) -> float:
    """Give the probability that an event is made in full.

    Parameters
    ----------
    enrichment
        What decides.
    momenta
        Transverse momenta in GeV by the name of the variable.

    Returns
    -------
    float
        The probability, within the floor and 1.
    """
    share = 0.0
    for name, momentum in momenta.items():
        full: float | None = getattr(enrichment, name)
        if full is not None:
            share = max(share, (momentum / full) ** 2)
    return max(min(share, 1.0), enrichment.floor)


def carry(momentum: Momentum, before: Momentum, after: Momentum) -> tuple[float, float]:
    """Carry a decay product along with what it comes from.

    Parameters
    ----------
    momentum
        Of the decay product, in the frame in which its origin has the momentum `before`.
    before, after
        Momentum of the origin, before and after a push that leaves its mass.

    Returns
    -------
    tuple of float
        The product's transverse momentum after the push, x and y in GeV.
    """
    x, y, z, energy = before
    mass = math.sqrt(max(energy * energy - x * x - y * y - z * z, 0.0))
    if mass < 1:  # it is what the hard process itself made, and did not decay
        return after[0], after[1]
    at_rest = _boost(momentum, -x, -y, -z, energy, mass)
    px, py, _, _ = _boost(at_rest, *after, mass)
    return px, py


def _boost(p: Momentum, x: float, y: float, z: float, energy: float, mass: float) -> Momentum:
    """Boost by the velocity of a particle of this momentum, energy and mass."""
    along = p[0] * x + p[1] * y + p[2] * z
    gain = (p[3] + along / (energy + mass)) / mass
    return p[0] + gain * x, p[1] + gain * y, p[2] + gain * z, (p[3] * energy + along) / mass


def _list_kinds(enrichment: Enrichment) -> tuple[int, ...]:
    invisible = () if enrichment.invisible is None else (_INVISIBLE, _TAU)
    return invisible if enrichment.bottom is None else (*invisible, _BOTTOM)


def _find_first(process: Any, row: int) -> int:  # noqa: ANN401
    while (mother := process[row].mother1()) > _INCOMING:
        row = mother
    return row


def _read(particle: Any) -> Momentum:  # noqa: ANN401
    return particle.px(), particle.py(), particle.pz(), particle.e()
