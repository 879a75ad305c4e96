"""Decays of Standard Model particles, with no direction preferred; quarks become two hadrons."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.inputs.prior import Decays
from rapidmass.generator.prior.decays import draw_masses, let_decay
from rapidmass.generator.prior.record import (
    BOTTOM,
    BOTTOM_HADRON,
    CHARGED_HADRON,
    ELECTRON,
    HIGGS,
    LIGHT,
    MUON,
    NEUTRINO,
    TAU,
    TOP,
    Floats,
    Integers,
    Record,
    W,
    Z,
)

UNSTABLE: Final = (TOP, W, Z, HIGGS)
_TAU_LEPTONIC: Final = 0.352
_TAU_JET_MASS: Final = 0.8  # GeV
_BOTTOM_OF_Z: Final = 0.22  # share of its decays to quarks
# Of the decays of the Higgs boson to b quarks, W bosons or taus.
_HIGGS_SHARES: Final = (0.67, 0.26, 0.07)
_VIRTUAL_W: Final = (5.0, 20.0)  # GeV; with the other W at most 20 GeV off its mass


def decay_bosons(mothers: Record, settings: Decays, rng: np.random.Generator) -> Record:
    """Let t, W, Z and h decay one step.

    Parameters
    ----------
    mothers
        Rows of these kinds alone.
    settings
        Shares of leptonic decays.
    rng
        Random numbers.

    Returns
    -------
    Record
        Daughters; `mother` is the row of `mothers`.
    """
    numbers = np.zeros((len(mothers), 3), np.int64)
    kind, sign = np.abs(mothers.pdg_id), np.sign(mothers.pdg_id)
    for one, draw in ((TOP, _draw_top), (W, _draw_w), (Z, _draw_z), (HIGGS, _draw_higgs)):
        rows = np.flatnonzero(kind == one)
        numbers[rows, :2] = draw(sign[rows], settings, rng)
    flat = np.abs(numbers).ravel()
    masses = draw_masses(flat, np.repeat(mothers.mass, 3), settings, rng).reshape(numbers.shape)
    virtual = np.flatnonzero((kind == HIGGS) & (np.abs(numbers[:, 0]) == W))
    masses[virtual, rng.integers(0, 2, len(virtual))] = rng.uniform(*_VIRTUAL_W, len(virtual))
    return let_decay(mothers, numbers, masses, rng)


def _draw_lepton(number: int, rng: np.random.Generator) -> Integers:
    return rng.choice([ELECTRON, MUON, TAU], number)


def _pair(kind: Integers) -> Integers:
    return np.column_stack([kind, -kind])


def _draw_top(sign: Integers, settings: Decays, rng: np.random.Generator) -> Integers:  # noqa: ARG001
    return np.column_stack([sign * BOTTOM, sign * W])


def _draw_w(sign: Integers, settings: Decays, rng: np.random.Generator) -> Integers:
    leptonic = rng.random(len(sign)) < settings.leptonic_w
    # a W+ gives an antilepton, whose number is negative
    first = np.where(leptonic, -sign * _draw_lepton(len(sign), rng), LIGHT)
    return np.column_stack([first, np.where(leptonic, sign * NEUTRINO, -LIGHT)])


def _draw_z(sign: Integers, settings: Decays, rng: np.random.Generator) -> Integers:
    draw, quark = rng.random((2, len(sign)))
    hadronic = np.where(quark < _BOTTOM_OF_Z, BOTTOM, LIGHT)
    unseen = draw < settings.leptonic_z + settings.invisible_z
    kind = np.where(unseen, NEUTRINO, hadronic)
    kind = np.where(draw < settings.leptonic_z, _draw_lepton(len(sign), rng), kind)
    return _pair(kind)


def _draw_higgs(sign: Integers, settings: Decays, rng: np.random.Generator) -> Integers:  # noqa: ARG001
    return _pair(rng.choice([BOTTOM, W, TAU], len(sign), p=_HIGGS_SHARES))


def decay_taus(mothers: Record, rng: np.random.Generator) -> Record:
    """Let taus decay: to a lepton and two neutrinos, or to a narrow jet and one.

    Parameters
    ----------
    mothers
        Taus alone.
    rng
        Random numbers.

    Returns
    -------
    Record
        Daughters; `mother` is the row of `mothers`.
    """
    leptonic = rng.random(len(mothers)) < _TAU_LEPTONIC
    lepton = np.sign(mothers.pdg_id) * rng.choice([ELECTRON, MUON], len(mothers))
    numbers = np.column_stack(
        [
            np.where(leptonic, lepton, CHARGED_HADRON),
            np.full(len(mothers), NEUTRINO),
            np.where(leptonic, NEUTRINO, 0),
        ]
    )
    masses = np.zeros(numbers.shape)
    masses[:, 0] = np.where(leptonic, 0.0, _TAU_JET_MASS)
    return let_decay(mothers, numbers, masses, rng)


def split_quarks(mothers: Record, rng: np.random.Generator) -> Record:
    """Split quarks in two massless hadrons each, one of them with the flavour.

    Parameters
    ----------
    mothers
        Quarks with the masses of their jets.
    rng
        Random numbers.

    Returns
    -------
    Record
        Hadrons; `mother` is the row of `mothers`.
    """
    bottom: NDArray[np.bool_] = np.abs(mothers.pdg_id) == BOTTOM
    numbers = np.zeros((len(mothers), 3), np.int64)
    numbers[:, 0] = np.where(bottom, BOTTOM_HADRON, CHARGED_HADRON)
    numbers[:, 1] = CHARGED_HADRON
    masses: Floats = np.zeros(numbers.shape)
    return let_decay(mothers, numbers, masses, rng)
