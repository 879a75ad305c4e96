"""Four-vectors as awkward arrays, to compare and to compute with in tests."""

import awkward as ak

from rapidmass.columnar.four_vectors import KINEMATICS


def to_awkward(vectors):
    records = ak.zip({key: getattr(vectors, key) for key in KINEMATICS})
    return ak.unflatten(records, vectors.counts)


def to_list(vectors):
    return to_awkward(vectors).to_list()
