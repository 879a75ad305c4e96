"""Jets that are taken for electrons, more often than in nature."""

from typing import Final

import numpy as np

from rapidmass.generator.detector import (
    ELECTRON_ETA,
    STORED_PT,
    set_identification,
    set_isolation,
    set_vertex,
)
from rapidmass.generator.importance import draw_more_often
from rapidmass.generator.particles import FAKE, Flags, Floats
from rapidmass.generator.tables import LEPTON, Table

PROBABILITY: Final = 1e-3
FAKING_PT: Final = 15.0  # GeV
_CHARGED_SHARE: Final = 0.6  # of what surrounds a fake electron


def draw_fakes(
    jets: Table, boost: float, events: int, rng: np.random.Generator
) -> tuple[Flags, Floats]:
    """Draw which jets are taken for electrons, more often than in nature.

    Parameters
    ----------
    jets
        Measured jets.
    boost
        Factor on the probability.
    events
        Number of events.
    rng
        Random numbers.

    Returns
    -------
    tuple of ndarray
        Whether each jet is taken for an electron, shape (jets,), and the weight of each event,
        shape (events,), with which yields do not depend on the boost.
    """
    able = (jets["pt"] > FAKING_PT) & (np.abs(jets["eta"]) < ELECTRON_ETA)
    return draw_more_often(np.where(able, PROBABILITY, 0.0), jets["event"], boost, events, rng)


def make_fakes(jets: Table, rng: np.random.Generator) -> Table:
    """Turn jets into the electrons they are taken for.

    An electron has 60 to 100 % of the jet's transverse momentum; the rest is around it.

    Parameters
    ----------
    jets
        Jets that are taken for electrons.
    rng
        Random numbers.

    Returns
    -------
    ndarray
        Rows of `LEPTON`, one a jet. Those below the threshold for leptons are left out.
    """
    share = rng.uniform(0.6, 1.0, len(jets))
    leptons = np.zeros(len(jets), LEPTON)
    leptons["event"], leptons["eta"], leptons["phi"] = jets["event"], jets["eta"], jets["phi"]
    leptons["particle"] = -1
    leptons["origin"] = FAKE
    leptons["flavour"] = 1
    leptons["charge"] = rng.choice([-1, 1], len(jets))
    leptons["pt"] = share * jets["pt"]
    leptons["true_pt"] = jets["true_pt"]
    nothing = np.zeros(len(jets))
    set_vertex(leptons, nothing, nothing, rng)
    set_identification(leptons, np.zeros(len(jets), np.bool_), rng)
    around = (1 - share) * jets["pt"]
    set_isolation(leptons, _CHARGED_SHARE * around, around, rng)
    kept: Table = leptons[leptons["pt"] > STORED_PT]
    return kept
