"""Substructure of jets by FastJet: soft drop, and ratios of energy correlators."""

from collections.abc import Mapping
from typing import Final

import awkward as ak
import fastjet
import numpy as np

from rapidmass.generator.particles import Floats, Integers

_EVERYTHING: Final = 10.0  # a radius with which all constituents of a jet become one jet
_SYMMETRY_CUT: Final = 0.1
_FEWEST: Final = 3  # constituents of which the correlators of three are more than 0


def measure_substructure(
    vectors: Mapping[str, Floats], counts: Integers, radius: float
) -> dict[str, Floats]:
    """Groom jets, and measure their prongs.

    Parameters
    ----------
    vectors
        `px`, `py`, `pz` and `energy` of the constituents, jet after jet, in GeV.
    counts
        Constituents of each jet, at least one.
    radius
        Of the jets.

    Returns
    -------
    dict
        Shape (jets,) each. `jetMassSoftDrop`, `jetZg` and `jetRg`: mass, sharing of momentum and
        opening angle of the jet after soft drop (z_cut = 0.1, beta = 0; A. Larkoski et al., JHEP
        05 (2014) 146), 0 and 0 where nothing passes. `jetC2` and `jetD2` (beta = 1; A. Larkoski
        et al., JHEP 06 (2013) 108 and 12 (2014) 009): 0 with fewer than three constituents.
    """
    if not len(counts):
        names = ("jetMassSoftDrop", "jetZg", "jetRg", "jetC2", "jetD2")
        return {name: np.zeros(0) for name in names}
    momenta = ak.zip(
        {key: vectors[name] for key, name in zip(("px", "py", "pz", "E"), vectors, strict=True)},
        with_name="Momentum4D",
    )
    definition = fastjet.JetDefinition(fastjet.cambridge_algorithm, _EVERYTHING)
    clusters = fastjet.ClusterSequence(ak.unflatten(momenta, counts), definition)
    groomed = clusters.exclusive_jets_softdrop_grooming(
        1, beta=0, symmetry_cut=_SYMMETRY_CUT, R0=radius
    )
    found = {
        "jetMassSoftDrop": groomed["msoftdrop"],
        "jetZg": groomed["symmetrysoftdrop"],
        "jetRg": groomed["deltaRsoftdrop"],
    }
    for name in ("C2", "D2"):
        found[f"jet{name}"] = clusters.exclusive_jets_energy_correlator(1, func=name)
    measured = {name: np.ravel(ak.to_numpy(values)) for name, values in found.items()}
    few = counts < _FEWEST
    for name, values in measured.items():
        usable = np.isfinite(values) & ~(few & (name in ("jetC2", "jetD2")))
        measured[name] = np.maximum(np.where(usable, values, 0.0), 0.0)
    return measured
