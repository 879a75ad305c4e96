"""Jets as entries of an ntuple: each with its constituents, substructure and labels."""

from typing import Any, Final

import awkward as ak
import fastjet
import numpy as np
from numpy.typing import NDArray

from rapidmass.config.inputs.event_filters import JetSelection
from rapidmass.generator.jets import label_jets
from rapidmass.generator.ntuple import Branches, list_lists
from rapidmass.generator.particles import (
    CHARGED,
    ELECTRON,
    INVISIBLE,
    MUON,
    NEUTRAL,
    Floats,
    Integers,
    Particles,
)
from rapidmass.generator.substructure import measure_substructure
from rapidmass.generator.tables import JET, Table, measure_distance, pair_rows, sum_rows
from rapidmass.generator.tracks import measure_tracks

_INPUT_ETA: Final = 4.9
_INPUT_PT: Final = 0.01  # GeV; softer ones carry nothing
_PARTONS: Final = (-22, -23)  # statuses of what a hard process makes, once it has radiated
_LABELS: Final = (1, 2, 3, 4, 5, 6, 21, 23, 24, 25)
_PHOTON: Final = 6  # of constituents: what a particle is to the detector, photons apart

JET_ENTRIES: Final = Branches(
    flat={
        "EventNumber": np.uint64,
        "JetNumber": np.int32,
        "DatasetNumber": np.int32,
        "genWeight": np.float64,
        "met_Et": np.float32,
        "met_Phi": np.float32,
        **{
            f"jet{name}": np.float32
            for name in (
                "Pt", "Eta", "Phi", "M", "MassSoftDrop", "Zg", "Rg", "C2", "D2",
                "Width", "PtD", "LeadingFraction", "ChargedFraction", "PhotonFraction",
            )
        },
        "jetNConstituents": np.int32,
        "jetNCharged": np.int32,
        "jetParton": np.int32,
        "jetFlavour": np.int32,
    },
    lists={
        "con": {
            "Pt": np.float32,
            "Eta": np.float32,
            "Phi": np.float32,
            "M": np.float32,
            "Kind": np.int32,
            "Charge": np.int32,
            "Track": np.bool_,
            "D0": np.float32,
            "D0Sig": np.float32,
            "Z0Sig": np.float32,
        }
    },
)  # fmt: skip


def make_entries(
    particles: Particles,
    wanted: JetSelection,
    *,
    dataset: int,
    weights: NDArray[np.float64],
    first_event: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Find the jets of events, and describe each.

    Jets are of particles, without the resolution of a calorimeter: what is measured of them is the
    impact parameters of their tracks.

    Parameters
    ----------
    particles
        What was generated.
    wanted
        Which jets count.
    dataset
        Number of the process.
    weights
        Weight of each event, shape (events,).
    first_event
        Event number of the first of them.
    rng
        Random numbers for tracks.

    Returns
    -------
    dict
        Branches of `JET_ENTRIES`, one entry a jet.
    """
    jets, members, counts = _cluster(particles, wanted)
    label_jets(jets, particles)
    owner = np.repeat(np.arange(len(jets)), counts)
    invisible = particles.kind == INVISIBLE
    events = len(particles.offsets) - 1
    x, y = (
        sum_rows(particles.event[invisible], momenta[invisible], events)[jets["event"]]
        for momenta in (particles.px, particles.py)
    )
    vectors = {name: getattr(particles, name)[members] for name in ("px", "py", "pz", "energy")}
    columns: dict[str, Any] = {
        "EventNumber": first_event + jets["event"].astype(np.uint64),
        "JetNumber": _count_up(jets["event"]),
        "DatasetNumber": np.full(len(jets), dataset),
        "genWeight": weights[jets["event"]],
        "met_Et": np.hypot(x, y),
        "met_Phi": np.arctan2(y, x),
        **{f"jet{name}": jets[name.lower()] for name in ("Pt", "Eta", "Phi")},
        "jetM": jets["mass"],
        "jetParton": _find_partons(jets, particles, wanted.radius),
        "jetFlavour": jets["flavour"],
        **_sum_constituents(jets, particles, members, owner),
        **measure_substructure(vectors, counts, wanted.radius),
    }
    columns = {name: columns[name].astype(kind) for name, kind in JET_ENTRIES.flat.items()}
    constituents = {
        "Pt": particles.pt[members],
        "Eta": particles.eta[members],
        "Phi": particles.phi[members],
        "M": particles.mass[members],
        "Kind": _tell_kind(particles, members),
        **measure_tracks(particles, members, jets["phi"][owner], rng),
    }
    columns["con"] = list_lists("con", constituents, counts, JET_ENTRIES)
    return columns


def _tell_kind(particles: Particles, rows: Integers) -> NDArray[np.int64]:
    photon = particles.pdg_id[rows] == 22
    return np.where(photon, _PHOTON, particles.kind[rows].astype(np.int64))


def _cluster(particles: Particles, wanted: JetSelection) -> tuple[Table, Integers, Integers]:
    """Cluster all that is visible; rows of `JET`, rows of their constituents, numbers of them."""
    used = np.flatnonzero(
        np.isin(particles.kind, (CHARGED, NEUTRAL, ELECTRON, MUON))
        & (np.abs(particles.eta) < _INPUT_ETA)
        & (particles.pt > _INPUT_PT)
    )
    counts = np.bincount(particles.event[used], minlength=len(particles.offsets) - 1)
    momenta = ak.zip(
        {
            key: getattr(particles, name)[used]
            for key, name in (("px", "px"), ("py", "py"), ("pz", "pz"), ("E", "energy"))
        },
        with_name="Momentum4D",
    )
    clusters = fastjet.ClusterSequence(
        ak.unflatten(momenta, counts),
        fastjet.JetDefinition(fastjet.antikt_algorithm, wanted.radius),
    )
    # the same threshold in both: they list the same jets in the same order
    found = clusters.inclusive_jets(min_pt=wanted.pt[0])
    indices = clusters.constituent_index(min_pt=wanted.pt[0])
    numbers = ak.to_numpy(ak.num(found))
    flat = ak.flatten(found)
    px, py, pz, energy = (ak.to_numpy(flat[name]) for name in ("px", "py", "pz", "E"))
    jets = np.zeros(len(px), JET)
    jets["event"] = np.repeat(np.arange(len(numbers)), numbers)
    jets["pt"] = jets["true_pt"] = np.hypot(px, py)
    jets["eta"] = np.arcsinh(pz / jets["pt"])
    jets["phi"] = np.arctan2(py, px)
    jets["mass"] = np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0))
    lists = ak.flatten(indices)
    sizes = ak.to_numpy(ak.num(lists)).astype(np.int64)
    begin = np.concatenate(([0], np.cumsum(counts)))[jets["event"]]
    members = used[ak.to_numpy(ak.flatten(lists)).astype(np.int64) + np.repeat(begin, sizes)]
    order = np.lexsort((-jets["pt"], jets["event"]))
    order = order[_select(jets[order], wanted)]
    picked = ak.flatten(ak.unflatten(members, sizes)[order])
    return jets[order], ak.to_numpy(picked), sizes[order]


def _count_up(event: Integers) -> Integers:
    """Count the jets of each event, whose rows follow each other, from 0."""
    first = np.searchsorted(event, event, "left")
    return np.arange(len(event)) - first


def _select(jets: Table, wanted: JetSelection) -> NDArray[np.bool_]:
    """Select jets, ordered by event and falling momentum."""
    hard = _count_up(jets["event"]) < wanted.leading
    low, high = wanted.pt
    kept = hard & (jets["pt"] >= low) & (jets["pt"] < high) & (np.abs(jets["eta"]) < wanted.eta)
    if wanted.mass is not None:
        kept &= (jets["mass"] >= wanted.mass[0]) & (jets["mass"] < wanted.mass[1])
    selected: NDArray[np.bool_] = kept
    return selected


def _find_partons(jets: Table, particles: Particles, radius: float) -> NDArray[np.int32]:
    """Find the hardest product of the hard process inside each jet; 0 if there is none."""
    size = np.abs(particles.pdg_id)
    rows = np.flatnonzero(np.isin(particles.status, _PARTONS) & np.isin(size, _LABELS))
    jet, other = pair_rows(jets["event"], particles.event[rows])
    other = rows[other]
    near = measure_distance(
        jets["eta"][jet], jets["phi"][jet], particles.eta[other], particles.phi[other]
    )
    jet, other = jet[near < radius], other[near < radius]
    order = np.argsort(particles.pt[other], kind="stable")  # the hardest is written last
    labels = np.zeros(len(jets), np.int32)
    labels[jet[order]] = size[other[order]]
    return labels


def _sum_constituents(
    jets: Table, particles: Particles, members: Integers, owner: Integers
) -> dict[str, Floats | Integers]:
    """Measure what is a sum over constituents; widths and shares are of their scalar sum."""
    pt, kind = particles.pt[members], particles.kind[members]
    charged = (kind != NEUTRAL) & (np.abs(particles.eta[members]) < 2.5)
    photon = particles.pdg_id[members] == 22
    distance = measure_distance(
        jets["eta"][owner], jets["phi"][owner], particles.eta[members], particles.phi[members]
    )
    size = len(jets)
    total = sum_rows(owner, pt, size)
    leading = np.zeros(size)
    np.maximum.at(leading, owner, pt)
    return {
        "jetNConstituents": np.bincount(owner, minlength=size),
        "jetNCharged": np.bincount(owner[charged & (pt > 0.5)], minlength=size),
        "jetWidth": sum_rows(owner, pt * distance, size) / total,
        "jetPtD": np.sqrt(sum_rows(owner, pt**2, size)) / total,
        "jetLeadingFraction": leading / total,
        "jetChargedFraction": sum_rows(owner, pt * charged, size) / total,
        "jetPhotonFraction": sum_rows(owner, pt * photon, size) / total,
    }
