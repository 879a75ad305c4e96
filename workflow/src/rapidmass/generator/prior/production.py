"""New particles, alone or in pairs, and the jets beside them."""

from typing import Final

import numpy as np

from rapidmass.config.inputs.prior import Production
from rapidmass.generator.prior.four_momenta import Floats, decay_in_two
from rapidmass.generator.prior.record import LIGHT, NEW, Record

_SOFT_PT: Final = 20.0  # GeV
_SOFT_SLOPE: Final = 15.0  # GeV
_SOFT_ETA: Final = 3.0
_RECOIL_ETA: Final = 1.5  # standard deviation
LEAST_MASS: Final = 0.3  # of a jet, GeV
MOST_MASS: Final = 0.3  # of a jet, in units of what its mean is given in


def draw_jet_mass(scale: Floats, mean: float, rng: np.random.Generator) -> Floats:
    """Draw masses of jets.

    Parameters
    ----------
    scale
        Energies that masses grow with, GeV, shape (jets,).
    mean
        Mean mass over these, of an exponential that ends at 0.3.
    rng
        Random numbers.

    Returns
    -------
    ndarray
        In GeV, at least 0.3 GeV.
    """
    drawn = np.minimum(mean * rng.standard_exponential(len(scale)), MOST_MASS)
    return np.maximum(drawn * scale, LEAST_MASS)


def produce(
    settings: Production, events: int, jet_mass: float, rng: np.random.Generator
) -> tuple[Record, Record]:
    """Produce new particles.

    Parameters
    ----------
    settings
        How.
    events
        How many times.
    jet_mass
        Mean mass of a jet over its pT.
    rng
        Random numbers.

    Returns
    -------
    tuple of Record
        New particles, both of a pair with one mass; and the quarks beside them, of which the first
        of each event balances all other transverse momenta.
    """
    range_of_logs = np.log(settings.highest_mass / settings.lowest_mass)
    mass = settings.lowest_mass * np.exp(range_of_logs * rng.random(events))
    is_pair = rng.random(events) >= settings.single
    excess = 1 + settings.excess * rng.standard_exponential(events)
    whole = np.where(is_pair, 2 * mass * excess, mass)
    pt = settings.recoil * rng.standard_exponential(events)
    azimuth = rng.uniform(-np.pi, np.pi, events)
    rapidity = settings.rapidity * rng.standard_normal(events)
    system = _make_momenta(pt, azimuth, np.hypot(pt, whole) * np.sinh(rapidity), whole)
    jets = _make_jets(settings, system, jet_mass, rng)

    number = np.flatnonzero(is_pair)
    one, two = decay_in_two(system[number], whole[number], mass[number], mass[number], rng)
    first = system.copy()
    first[number] = one
    event = np.concatenate([np.arange(events), number])
    return Record(
        event,
        np.concatenate([np.full(events, NEW), np.full(len(number), -NEW)]),
        np.full(len(event), -1),
        np.concatenate([first, two]),
        mass[event],
    ), jets


def _make_jets(
    settings: Production, system: Floats, jet_mass: float, rng: np.random.Generator
) -> Record:
    events = len(system)
    counts = rng.poisson(settings.soft_jets, events)
    event = np.repeat(np.arange(events), counts)
    pt = _SOFT_PT + _SOFT_SLOPE * rng.standard_exponential(len(event))
    azimuth = rng.uniform(-np.pi, np.pi, len(event))
    eta = rng.uniform(-_SOFT_ETA, _SOFT_ETA, len(event))
    x = system[:, 0] + np.bincount(event, pt * np.cos(azimuth), events)
    y = system[:, 1] + np.bincount(event, pt * np.sin(azimuth), events)

    pt = np.concatenate([np.hypot(x, y), pt])
    azimuth = np.concatenate([np.arctan2(-y, -x), azimuth])
    eta = np.concatenate([_RECOIL_ETA * rng.standard_normal(events), eta])
    mass = draw_jet_mass(pt, jet_mass, rng)
    event = np.concatenate([np.arange(events), event])
    momenta = _make_momenta(pt, azimuth, pt * np.sinh(eta), mass)
    none = np.full(len(event), -1)
    return Record(event, np.full(len(event), LIGHT), none, momenta, mass)


def _make_momenta(pt: Floats, azimuth: Floats, pz: Floats, mass: Floats) -> Floats:
    energy = np.sqrt(pt**2 + pz**2 + mass**2)
    return np.column_stack([pt * np.cos(azimuth), pt * np.sin(azimuth), pz, energy])
