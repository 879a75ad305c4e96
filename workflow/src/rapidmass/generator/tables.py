"""Rows of reconstructed leptons and jets."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Table = NDArray[Any]

LEPTON = np.dtype(
    [
        ("event", np.int64),
        ("particle", np.int64),  # row of the true lepton; -1 if there is none
        ("origin", np.int8),
        ("flavour", np.int32),  # 1 electron, 2 muon
        ("charge", np.int32),
        ("pt", np.float64),
        ("eta", np.float64),
        ("phi", np.float64),
        ("mass", np.float64),
        ("d0_significance", np.float64),
        ("z0_sin_theta", np.float64),  # mm
        ("true_pt", np.float64),
        ("pass_overlap", np.bool_),
        ("loose", np.bool_),
        ("medium", np.bool_),
        ("tight", np.bool_),
        ("isolated", np.bool_),
    ]
)

JET = np.dtype(
    [
        ("event", np.int64),
        ("pt", np.float64),
        ("eta", np.float64),
        ("phi", np.float64),
        ("mass", np.float64),
        ("true_pt", np.float64),
        ("flavour", np.int32),  # 5, 4, 15 or 0
        ("score", np.float64),
        ("jvt", np.float64),
    ]
)


def sort_table(table: Table) -> Table:
    """Order the rows by event, then by falling transverse momentum.

    Parameters
    ----------
    table
        Rows of leptons or jets.

    Returns
    -------
    ndarray
        The same rows in order. Rows that tie keep their order.
    """
    order: Table = table[np.lexsort((-table["pt"], table["event"]))]
    return order


def count_rows(table: Table, events: int) -> NDArray[np.int64]:
    """Count the rows of each event.

    Parameters
    ----------
    table
        Rows of leptons or jets.
    events
        Number of events.

    Returns
    -------
    ndarray
        Rows of each event, shape (events,).
    """
    return np.bincount(table["event"], minlength=events).astype(np.int64)


def select_baseline(leptons: Table) -> NDArray[np.bool_]:
    """Select the baseline leptons.

    Parameters
    ----------
    leptons
        Rows of leptons.

    Returns
    -------
    ndarray
        Whether each passes the overlap removal, |eta| <= 2.47 (electrons) or 2.7 and loose
        identification (muons), and |z0 sin theta| <= 0.5 mm.
    """
    electron = (leptons["flavour"] == 1) & (np.abs(leptons["eta"]) <= 2.47)
    muon = (leptons["flavour"] == 2) & (np.abs(leptons["eta"]) <= 2.7) & leptons["loose"]
    vertex = np.abs(leptons["z0_sin_theta"]) <= 0.5
    selected: NDArray[np.bool_] = leptons["pass_overlap"] & (electron | muon) & vertex
    return selected


def pair_rows(
    first: NDArray[np.int64], second: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair the rows of two tables that belong to the same event.

    Parameters
    ----------
    first
        Events of the rows of one table.
    second
        Events of the rows of the other, in rising order.

    Returns
    -------
    tuple of ndarray
        Row of the first table and row of the second for each pair.
    """
    begin = np.searchsorted(second, first, "left")
    counts = np.searchsorted(second, first, "right") - begin
    rows = np.repeat(np.arange(len(first)), counts)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows, np.repeat(begin, counts) + place


def measure_distance(
    eta1: NDArray[np.float64],
    phi1: NDArray[np.float64],
    eta2: NDArray[np.float64],
    phi2: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Measure the angular distance, the root of (difference in eta)^2 + (difference in phi)^2."""
    turn = np.abs(phi1 - phi2)
    return np.hypot(eta1 - eta2, np.minimum(turn, 2 * np.pi - turn))


def sum_rows(
    rows: NDArray[np.int64], values: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    """Add values up by the row that they belong to.

    Parameters
    ----------
    rows
        Row of each value.
    values
        What to add.
    size
        Number of rows.

    Returns
    -------
    ndarray
        A sum for each row, shape (size,).
    """
    return np.bincount(rows, weights=values, minlength=size).astype(np.float64)
