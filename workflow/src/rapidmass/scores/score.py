"""Scores of events in memory, for whoever calls the library."""

from collections.abc import Mapping
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from rapidmass.columnar.four_vectors import FourVectors
from rapidmass.models.export.onnx_model import Model
from rapidmass.representations.registry import read_representation
from rapidmass.representations.rmm.columns import encode_matrices
from rapidmass.representations.rmm.matrices import build_sparse
from rapidmass.representations.rmm.representation import RapidityMassMatrix, get_layout
from rapidmass.representations.tables import make_table


def score(
    model: Path | str,
    events: pa.Table | Mapping[str, FourVectors | ak.Array],
    met: ArrayLike | None = None,
    met_phi: ArrayLike | None = None,
    *,
    threads: int = 1,
) -> pa.Table:
    """Score events with an exported network.

    Parameters
    ----------
    model
        A file `model.onnx`.
    events
        Rows of a shard, megaset or test set, as `rapidmass.read_shard` gives them. Or the objects
        of events, by type of the matrix, as `rapidmass.build` takes them: events x objects with
        `pt`, `eta`, `phi` and `mass` in GeV and radians.
    met, met_phi
        Shape (events,): missing transverse momentum in GeV and its azimuth, with objects.
    threads
        Processor threads.

    Returns
    -------
    pyarrow.Table
        `key` of each event, or the place of one that was given as objects, and a column
        `score_<name>` for each score that the network gives.

    Raises
    ------
    ValueError
        If the file is no network, or was made for other events, or objects are given for a network
        that sees no matrices.
    """
    network = Model(Path(model), threads)
    if isinstance(events, pa.Table):
        table = events
    elif met is None or met_phi is None:
        raise ValueError("objects need met and met_phi beside them")
    else:
        table = _tabulate(network, events, met, met_phi)
    if read_representation(table.schema) != network.representation:
        raise ValueError(f"{network.path} was made for events that are shown in another way")
    names = [name for name in network.outputs if name.startswith("score_")]
    return pa.table({"key": table.column("key"), **network.run(table, names)})


def _tabulate(
    network: Model,
    objects: Mapping[str, FourVectors | ak.Array],
    met: ArrayLike,
    met_phi: ArrayLike,
) -> pa.Table:
    """Make the matrices that a network sees of objects."""
    layout = get_layout(network.representation, f"the scoring of objects with {network.path}")
    matrices = build_sparse(layout, objects, met, met_phi)
    places = np.arange(len(matrices), dtype=np.uint64)
    return make_table(RapidityMassMatrix(layout), encode_matrices(matrices), {"key": places})
