"""The dilepton trigger menus of 2015 to 2018, emulated."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rapidmass.generator.tables import Table

MENUS: Final = {
    2015: (
        "2e15_lhvloose_nod0_L12EM13VH",
        "2e12_lhloose_L12EM10VH",
        "2mu10",
        "mu18_mu8noL1",
        "e17_lhloose_mu14",
        "e7_lhmedium_mu24",
    ),
    2016: (
        "2e15_lhvloose_nod0_L12EM13VH",
        "2e17_lhvloose_nod0",
        "2mu10",
        "2mu14",
        "mu20_mu8noL1",
        "mu22_mu8noL1",
        "e17_lhloose_nod0_mu14",
        "e24_lhmedium_nod0_L1EM20VHI_mu8noL1",
        "e7_lhmedium_nod0_mu24",
    ),
    2017: (
        "2e17_lhvloose_nod0_L12EM15VHI",
        "2e24_lhvloose_nod0",
        "2mu14",
        "mu22_mu8noL1",
        "e17_lhloose_nod0_mu14",
        "e26_lhmedium_nod0_mu8noL1",
        "e7_lhmedium_nod0_mu24",
    ),
    2018: (
        "2e17_lhvloose_nod0_L12EM15VHI",
        "2e24_lhvloose_nod0",
        "2mu14",
        "mu22_mu8noL1",
        "e17_lhloose_nod0_mu14",
        "e26_lhmedium_nod0_mu8noL1",
        "e7_lhmedium_nod0_mu24",
    ),
}
# Integrated luminosity of each year in pb^-1, for the year that an event is given.
LUMINOSITIES: Final = {2015: 3219.56, 2016: 32988.1, 2017: 44307.4, 2018: 58450.1}

_ONLINE_RESOLUTION: Final = 0.03
_ELECTRON_EFFICIENCY: Final = 0.96
_BARREL_MUON_EFFICIENCY: Final = 0.72  # of the first level, which covers no more
_ENDCAP_MUON_EFFICIENCY: Final = 0.88
_MUON_BARREL_ETA: Final = 1.05
_NO_L1_EFFICIENCY: Final = 0.98
_LEG: Final = re.compile(r"(?:^|_)(2?)(e|mu)(\d+)(noL1)?(?=_|$)(_lhmedium)?")


@dataclass(frozen=True, slots=True)
class Leg:
    """What a trigger asks of one of its leptons."""

    flavour: int
    threshold: float
    medium: bool
    first_level: bool


def list_triggers() -> tuple[str, ...]:
    """Give the names of the triggers of all years, each once, in the order of the menus."""
    return tuple(dict.fromkeys(name for menu in MENUS.values() for name in menu))


def read_legs(trigger: str) -> tuple[Leg, Leg]:
    """Read the two legs of a dilepton trigger from its name.

    Parameters
    ----------
    trigger
        Name without `HLT_`.

    Returns
    -------
    tuple of Leg
        The legs in the order of the name.

    Raises
    ------
    ValueError
        If the name has not two legs.
    """
    legs: list[Leg] = []
    for pair, flavour, threshold, no_first_level, medium in _LEG.findall(trigger):
        leg = Leg(
            flavour=1 if flavour == "e" else 2,
            threshold=float(threshold),
            medium=bool(medium),
            first_level=not no_first_level,
        )
        legs += [leg, leg] if pair else [leg]
    if len(legs) != 2:
        raise ValueError(f"trigger {trigger} has {len(legs)} legs; name a dilepton trigger")
    return legs[0], legs[1]


def draw_years(events: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw the data-taking year of each event in proportion to luminosity.

    Parameters
    ----------
    events
        Number of events.
    rng
        Random numbers.

    Returns
    -------
    ndarray
        Years, shape (events,).
    """
    shares = np.array(list(LUMINOSITIES.values()))
    return rng.choice(np.array(list(LUMINOSITIES)), events, p=shares / shares.sum())


def fire_triggers(
    leptons: Table, years: NDArray[np.int64], rng: np.random.Generator
) -> dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Emulate the triggers of each event's year.

    A lepton matches a leg if its momentum as the trigger measures it is above the threshold, its
    identification suffices, and the trigger is efficient for it: one draw a lepton, so that the
    triggers of an event succeed and fail together.

    Parameters
    ----------
    leptons
        Rows of `LEPTON`.
    years
        Year of each event, shape (events,).
    rng
        Random numbers.

    Returns
    -------
    dict
        For each trigger, whether each event fired it, shape (events,), and which leptons matched
        a leg of it, shape (leptons,).
    """
    online = leptons["pt"] * (1 + _ONLINE_RESOLUTION * rng.standard_normal(len(leptons)))
    draw = rng.random(len(leptons))
    events = len(years)

    def count(matched: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(leptons["event"][matched], minlength=events)

    fired = {}
    for trigger in list_triggers():
        first, second = (_match_leg(leptons, leg, online, draw) for leg in read_legs(trigger))
        either = first | second
        # two different leptons for the two legs exist if and only if these three hold
        accepted = (count(first) >= 1) & (count(second) >= 1) & (count(either) >= 2)
        accepted &= np.isin(years, [year for year, menu in MENUS.items() if trigger in menu])
        fired[trigger] = accepted, either & accepted[leptons["event"]]
    return fired


def _match_leg(
    leptons: Table, leg: Leg, online: NDArray[np.float64], draw: NDArray[np.float64]
) -> NDArray[np.bool_]:
    if leg.flavour == 1:
        efficiency = np.full(len(leptons), _ELECTRON_EFFICIENCY)
    elif leg.first_level:
        barrel = np.abs(leptons["eta"]) < _MUON_BARREL_ETA
        efficiency = np.where(barrel, _BARREL_MUON_EFFICIENCY, _ENDCAP_MUON_EFFICIENCY)
    else:
        efficiency = np.full(len(leptons), _NO_L1_EFFICIENCY)
    identified = leptons["medium" if leg.medium else "loose"]
    matched: NDArray[np.bool_] = (
        (leptons["flavour"] == leg.flavour)
        & (online > leg.threshold)
        & identified
        & (draw < efficiency)
    )
    return matched
