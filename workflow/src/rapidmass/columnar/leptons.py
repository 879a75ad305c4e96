"""The leading signal leptons of events: their pT, and their masses together."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.four_vectors import FourVectors, stack_types
from rapidmass.provenance.lazy_compilation import compile_when_called

LEADING = 3


def describe_leptons(leptons: Sequence[FourVectors]) -> dict[str, NDArray[Any]]:
    """Describe the leading signal leptons.

    Parameters
    ----------
    leptons
        The four-vectors of each kind, by falling pT.

    Returns
    -------
    dict
        `pt_lep1` to `pt_lep3`, the mass `m_ll` of the first two and `m_lll` of the first three, NaN
        where an event lacks the lepton.
    """
    offsets, (pt, eta, phi, mass) = stack_types(leptons)
    n_events = offsets.shape[1] - 1
    leading_pt = np.full((LEADING, n_events), np.nan)
    masses = np.full((LEADING - 1, n_events), np.nan)
    _describe_leptons(offsets, pt, eta, phi, mass, leading_pt, masses)
    return {
        **{f"pt_lep{rank + 1}": leading_pt[rank] for rank in range(LEADING)},
        "m_ll": masses[0],
        "m_lll": masses[1],
    }


@compile_when_called("numpy")
def _describe_leptons(
    offsets: NDArray[np.int64],
    pt: NDArray[np.float64],
    eta: NDArray[np.float64],
    phi: NDArray[np.float64],
    mass: NDArray[np.float64],
    leading_pt: NDArray[np.float64],
    invariant_mass: NDArray[np.float64],
) -> None:
    """Fill in pT of the leading leptons, and the masses of the first two, the first three, ...

    Leptons of one type come by falling pT; of equal ones the type that comes first leads.
    """
    types, edges = offsets.shape
    following = np.empty(types, dtype=np.int64)
    for event in range(edges - 1):
        following[:] = offsets[:, event]
        energy, px, py, pz = 0.0, 0.0, 0.0, 0.0
        for rank in range(leading_pt.shape[0]):
            leading = -1
            for kind in range(types):
                if following[kind] < offsets[kind, event + 1] and (
                    leading < 0 or pt[following[kind]] > pt[following[leading]]
                ):
                    leading = kind
            if leading < 0:
                break
            i = following[leading]
            following[leading] += 1
            leading_pt[rank, event] = pt[i]
            growth = math.exp(eta[i])
            z = 0.5 * pt[i] * (growth - 1.0 / growth)
            x, y = pt[i] * math.cos(phi[i]), pt[i] * math.sin(phi[i])
            energy += math.sqrt(x * x + y * y + z * z + mass[i] * mass[i])
            px, py, pz = px + x, py + y, pz + z
            if rank > 0:
                square = energy * energy - px * px - py * py - pz * pz
                invariant_mass[rank - 1, event] = math.sqrt(max(square, 0.0))
