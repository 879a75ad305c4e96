"""Decays of new particles to daughters that are drawn at random."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.inputs.prior import Daughter, Decays
from rapidmass.generator.prior.four_momenta import Floats, decay_in_three, decay_in_two, redraw
from rapidmass.generator.prior.production import draw_jet_mass
from rapidmass.generator.prior.record import (
    BOTTOM,
    ELECTRON,
    HIGGS,
    INVISIBLE,
    LIGHT,
    MUON,
    NEUTRINO,
    NEW,
    TAU,
    TOP,
    Integers,
    Record,
    W,
    Z,
)

NUMBERS: Final[Mapping[Daughter, int]] = {
    "lepton": ELECTRON, "tau": TAU, "neutrino": NEUTRINO, "invisible": INVISIBLE, "light": LIGHT,
    "b": BOTTOM, "W": W, "Z": Z, "h": HIGGS, "t": TOP,
}  # fmt: skip
# Masses and widths in GeV.
MASSES: Final = {
    ELECTRON: 0.000511, MUON: 0.10566, TAU: 1.777, NEUTRINO: 0.0, W: 80.38, Z: 91.19, HIGGS: 125.2,
    TOP: 172.5,
}  # fmt: skip
_WIDTHS: Final = {W: 2.09, Z: 2.50, TOP: 1.4}
_OFF_SHELL: Final = 20.0  # GeV, at most
_LARGEST_SUM: Final = 0.98  # of the masses of daughters, over that of their mother


def draw_masses(
    number: Integers, mother_mass: Floats, settings: Decays, rng: np.random.Generator
) -> Floats:
    """Draw the masses of daughters.

    Parameters
    ----------
    number
        What they are, shape (daughters,): absolute numbers.
    mother_mass
        Mass of what each comes from, GeV.
    settings
        How invisible particles and jets get theirs.
    rng
        Random numbers.

    Returns
    -------
    ndarray
        In GeV. W, Z and t have their widths, at most 20 GeV off.
    """
    mass = np.zeros(len(number))
    for one, value in MASSES.items():
        chosen = np.flatnonzero(number == one)
        mass[chosen] = value
        if one in _WIDTHS:
            half = _WIDTHS[one] / 2
            end = np.arctan(_OFF_SHELL / half)
            mass[chosen] += half * np.tan(rng.uniform(-end, end, len(chosen)))
    chosen = np.flatnonzero(number == INVISIBLE)
    mass[chosen] = rng.uniform(0, settings.invisible_mass, len(chosen)) * mother_mass[chosen]
    chosen = np.flatnonzero((number == LIGHT) | (number == BOTTOM))
    mass[chosen] = draw_jet_mass(mother_mass[chosen] / 2, settings.jet_mass, rng)
    return mass


def decay_new(mothers: Record, settings: Decays, rng: np.random.Generator) -> Record:
    """Let new particles decay.

    Parameters
    ----------
    mothers
        What `rapidmass.generator.prior.production.produce` made: first the first of each event.
    settings
        How.
    rng
        Random numbers.

    Returns
    -------
    Record
        Daughters; `mother` is the row of `mothers`.

    Raises
    ------
    ValueError
        If no daughters of the settings are light enough.
    """
    drawn = _draw_daughters(mothers.mass, settings, rng)
    second = np.flatnonzero(mothers.pdg_id == -NEW)
    alike = second[rng.random(len(second)) < settings.alike]
    # the first particle of an event has its number as row
    drawn[alike] = drawn[mothers.event[alike]]
    drawn[alike, :3] *= -1
    return let_decay(mothers, drawn[:, :3].astype(np.int64), drawn[:, 3:], rng)


def _draw_daughters(mass: Floats, settings: Decays, rng: np.random.Generator) -> Floats:
    """Draw numbers and masses of three daughters each; the third one is 0 in half of them or so."""
    names = [name for name, share in settings.daughters.items() if share > 0]
    shares = np.array([settings.daughters[name] for name in names])
    numbers = np.array([NUMBERS[name] for name in names])

    three = rng.random(len(mass)) < settings.three_body

    def draw(rows: NDArray[np.int64]) -> tuple[Floats, NDArray[np.bool_]]:
        size = (len(rows), 3)
        chosen = rng.choice(numbers, size, p=shares / shares.sum())
        chosen[(chosen == ELECTRON) & (rng.random(size) < 0.5)] = MUON
        chosen[~three[rows], 2] = 0
        masses = draw_masses(chosen.ravel(), np.repeat(mass[rows], 3), settings, rng).reshape(size)
        signs = rng.choice([-1, 1], size)
        return np.hstack([signs * chosen, masses]), masses.sum(axis=1) < _LARGEST_SUM * mass[rows]

    try:
        return redraw(len(mass), draw)
    except ValueError as error:
        raise ValueError(
            f"prior.decays.daughters: {error} for new particles of {mass.min():.0f} GeV; raise "
            "prior.production.lowest_mass, or add lighter daughters"
        ) from error


def let_decay(
    mothers: Record, numbers: Integers, masses: Floats, rng: np.random.Generator
) -> Record:
    """Let particles decay to two or three known daughters, by phase space.

    Parameters
    ----------
    mothers
        What decays.
    numbers
        What the daughters are, shape (mothers, 3); in the last column 0 where there are two.
    masses
        Their masses in GeV, shape (mothers, 3).
    rng
        Random numbers.

    Returns
    -------
    Record
        Daughters; `mother` is the row of `mothers`.
    """
    momenta = np.zeros((len(mothers), 3, 4))
    two, three = np.flatnonzero(numbers[:, 2] == 0), np.flatnonzero(numbers[:, 2])
    first, second, _ = masses[two].T
    pairs = decay_in_two(mothers.momentum[two], mothers.mass[two], first, second, rng)
    momenta[two, :2] = np.stack(pairs, axis=1)
    triples = decay_in_three(mothers.momentum[three], mothers.mass[three], masses[three], rng)
    momenta[three] = np.stack(triples, axis=1)
    there = numbers != 0
    mother = np.nonzero(there)[0]
    return Record(mothers.event[mother], numbers[there], mother, momenta[there], masses[there])
