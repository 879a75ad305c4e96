"""An independent, slow and plain evaluation of the matrix, object by object."""

import math

import awkward as ak
import numpy as np
import pytest


class Particle:
    def __init__(self, pt, eta, phi, mass):
        self.pt, self.m = pt, mass
        self.px, self.py, self.pz = pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta)
        self.e = math.sqrt(pt**2 + self.pz**2 + mass**2)
        self.y = math.asinh(self.pz / math.hypot(pt, mass))
        self.et = self.e * pt / math.hypot(pt, self.pz)


def evaluate_cells(layout, objects, met, met_phi):
    """One event, straight from the definition of each cell."""
    reference = layout.convention == "reference"
    s = layout.sqrt_s if reference else 1.0
    c = layout.angular_scale
    matrix = np.zeros((layout.size, layout.size))
    matrix[0, 0] = met / s
    met_x, met_y = met * math.cos(met_phi), met * math.sin(met_phi)
    placed = []
    row = 1
    for name, slots in layout.types.items():
        members = sorted((Particle(*o) for o in objects[name]), key=lambda p: -p.pt)[:slots]
        previous = None
        for rank, p in enumerate(members):
            i = row + rank
            scale = p.et if reference else p.pt
            if reference:
                mt2 = (p.et + met) ** 2 - (p.px + met_x) ** 2 - (p.py + met_y) ** 2
                matrix[0, i] = math.sqrt(max(mt2, 0)) / s if met > 0 else 0
            else:
                matrix[0, i] = math.hypot(p.pt, p.m)
            matrix[i, 0] = c * (math.cosh(p.y) - 1)
            if previous is None:
                matrix[i, i] = p.et / s if reference else math.hypot(p.pt, p.m)
            else:
                matrix[i, i] = (previous - scale) / (previous + scale)
            previous = scale
            for j, q in placed:
                e, px = p.e + q.e, p.px + q.px
                py, pz = p.py + q.py, p.pz + q.pz
                matrix[j, i] = math.sqrt(max(e**2 - px**2 - py**2 - pz**2, 0)) / s
                matrix[i, j] = c * (math.cosh((q.y - p.y) / 2) - 1)
            placed.append((i, p))
        row += slots
    return matrix


def make_records(events, types):
    """Events as lists of (pt, eta, phi, mass) per type, as awkward records."""
    return {
        name: ak.zip(
            {
                key: ak.values_astype(
                    ak.Array([[o[k] for o in event[name]] for event in events]), np.float64
                )
                for k, key in enumerate(("pt", "eta", "phi", "mass"))
            }
        )
        for name in types
    }


@pytest.fixture(scope="session")
def evaluate():
    return evaluate_cells


@pytest.fixture(scope="session")
def to_records():
    return make_records
