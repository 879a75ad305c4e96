"""From generated events to the columns of the ntuple."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.inputs.processes import Process
from rapidmass.generator.detector import (
    find_leptons,
    isolate_leptons,
    measure_met,
    remove_overlap,
)
from rapidmass.generator.fake_electrons import draw_fakes, make_fakes
from rapidmass.generator.jets import (
    STORED_JET_PT,
    cluster_jets,
    label_jets,
    score_jets,
    smear_jets,
)
from rapidmass.generator.nonprompt_leptons import find_nonprompt, pass_nonprompt
from rapidmass.generator.ntuple import EVENT_BRANCHES, WEIGHT_BRANCHES, list_lists
from rapidmass.generator.particles import Particles, find_born_mass
from rapidmass.generator.tables import Table, count_rows, select_baseline, sort_table
from rapidmass.generator.triggers import draw_years, fire_triggers

# Run number of the simulation for each year, and first and last run number of its data.
CAMPAIGN_RUNS: Final = {2015: 284500, 2016: 284500, 2017: 300000, 2018: 310000}
DATA_RUNS: Final = {
    2015: (276262, 284484),
    2016: (297730, 311481),
    2017: (325713, 340453),
    2018: (348885, 364292),
}

_LEPTON_FIELDS: Final = {
    "Flavor": "flavour",
    "Charge": "charge",
    "Pt": "pt",
    "Eta": "eta",
    "Phi": "phi",
    "M": "mass",
    "D0Sig": "d0_significance",
    "Z0SinTheta": "z0_sin_theta",
    "PassOR": "pass_overlap",
    "Loose": "loose",
    "Medium": "medium",
    "Tight": "tight",
    "IsoLoose_VarRad": "isolated",
}
_JET_FIELDS: Final = {
    "Pt": "pt",
    "Eta": "eta",
    "Phi": "phi",
    "M": "mass",
    "JVT": "jvt",
    "dl1r": "score",
}


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """The events of a batch that are stored.

    Parameters
    ----------
    columns
        Branches of the ntuple.
    dropped
        Number of events left out for a lepton from a hadron that has no boost.
    """

    columns: dict[str, Any]
    dropped: int


def reconstruct(
    particles: Particles,
    process: Process,
    *,
    weights: NDArray[np.float64],
    first_event: int,
    rng: np.random.Generator,
) -> Reconstruction:
    """Send a batch of events through the detector parametrisation.

    Parameters
    ----------
    particles
        What was generated.
    process
        The process that the events are of.
    weights
        Weight of each event from its generation, shape (events,).
    first_event
        Event number of the batch's first event.
    rng
        Random numbers of the detector.

    Returns
    -------
    Reconstruction
        The events to store.
    """
    events = len(particles.offsets) - 1
    leptons = find_leptons(particles, rng)
    isolate_leptons(leptons, particles, rng)
    electrons = leptons["particle"][leptons["flavour"] == 1]
    jets = smear_jets(cluster_jets(particles, electrons), rng)
    label_jets(jets, particles)
    score_jets(jets, rng)
    fakes, fake_weights = draw_fakes(jets, process.fake_boost, events, rng)
    leptons = sort_table(np.concatenate([leptons, make_fakes(jets[fakes], rng)]))
    jets = sort_table(jets[~fakes & (jets["pt"] > STORED_JET_PT)])
    remove_overlap(leptons, jets)
    nonprompt_weights = pass_nonprompt(
        leptons, process.nonprompt_share, process.nonprompt_boost, events, rng
    )
    met, met_phi = measure_met(particles, leptons, jets, rng)
    years = draw_years(events, rng)
    runs = rng.random(events)
    fired = fire_triggers(leptons, years, rng)

    kept, dropped = _choose_events(leptons, process, events)
    first, last = (np.array([DATA_RUNS[y][end] for y in years.tolist()]) for end in (0, 1))
    columns: dict[str, Any] = {name: np.ones(events) for name in WEIGHT_BRANCHES}
    columns |= {
        "EventNumber": first_event + np.arange(events, dtype=np.uint64),
        "RunNumber": np.array([CAMPAIGN_RUNS[year] for year in years.tolist()]),
        "RandomRunNumber": first + np.floor(runs * (last - first + 1)),
        "DatasetNumber": np.full(events, process.dataset_number),
        "met_Et": met,
        "met_Phi": met_phi,
        "bornMass": find_born_mass(particles) if process.born_mass else np.zeros(events),
        "genWeight": weights,
        "eventWeight": fake_weights * nonprompt_weights,
    }
    columns |= {f"trigMatch_HLT_{name}": accepted for name, (accepted, _) in fired.items()}
    columns = {name: columns[name][kept].astype(kind) for name, kind in EVENT_BRANCHES.items()}
    lepton_columns = {name: leptons[field] for name, field in _LEPTON_FIELDS.items()}
    lepton_columns |= {f"HLT_{name}": matched for name, (_, matched) in fired.items()}
    jet_columns = {name: jets[field] for name, field in _JET_FIELDS.items()}
    columns["lep"] = list_lists("lep", lepton_columns, count_rows(leptons, events))[kept]
    columns["jet"] = list_lists("jet", jet_columns, count_rows(jets, events))[kept]
    return Reconstruction(columns, dropped)


def _choose_events(leptons: Table, process: Process, events: int) -> tuple[NDArray[np.bool_], int]:
    counts = count_rows(leptons[select_baseline(leptons)], events)
    kept = counts >= process.kept_leptons.minimum
    if process.kept_leptons.maximum is not None:
        kept &= counts <= process.kept_leptons.maximum
    if process.nonprompt_limit is None:
        return kept, 0
    nonprompt = count_rows(leptons[find_nonprompt(leptons)], events)
    spoilt = (nonprompt > 0) & (counts >= process.nonprompt_limit)
    return kept & ~spoilt, int(np.count_nonzero(kept & spoilt))
