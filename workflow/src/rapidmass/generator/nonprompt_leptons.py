"""Leptons of hadrons that pass for prompt ones, more often than in nature."""

import numpy as np

from rapidmass.generator.importance import draw_more_often
from rapidmass.generator.particles import BOTTOM, LIGHT, Flags, Floats
from rapidmass.generator.tables import Table, select_baseline


def find_nonprompt(leptons: Table) -> Flags:
    """Find the baseline leptons that come from hadrons or photons.

    Parameters
    ----------
    leptons
        Rows of `LEPTON` whose overlap with jets is known.

    Returns
    -------
    ndarray
        Whether each is one, shape (leptons,).
    """
    found: Flags = (leptons["origin"] >= BOTTOM) & (leptons["origin"] <= LIGHT)
    return found & select_baseline(leptons)


def pass_nonprompt(
    leptons: Table, share: float, boost: float, events: int, rng: np.random.Generator
) -> Floats:
    """Draw which leptons of heavy hadrons are isolated and point to the collision.

    Such leptons are rare where their cones decide, and have the weight of a whole event each. A
    draw can be made more often than in nature. Leptons inside jets are left alone. Those of light
    hadrons and photons do not pass: jets that are taken for electrons stand for them.

    Parameters
    ----------
    leptons
        Rows of `LEPTON` whose overlap with jets is known, changed in place.
    share
        Probability of each.
    boost
        Factor on the probability, which becomes 3/4 at most.
    events
        Number of events.
    rng
        Random numbers.

    Returns
    -------
    ndarray
        Weight of each event, shape (events,).
    """
    nonprompt = find_nonprompt(leptons)
    leptons["isolated"][nonprompt] = False
    rows = np.flatnonzero(nonprompt & (leptons["origin"] != LIGHT))
    probability = np.full(len(rows), share)
    drawn, weights = draw_more_often(probability, leptons["event"][rows], boost, events, rng)
    leptons["isolated"][rows] = drawn
    passing = rows[drawn]
    leptons["d0_significance"][passing] = rng.standard_normal(len(passing))
    return weights
