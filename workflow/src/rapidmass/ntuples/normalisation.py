"""From cross sections and sums of weights to the weight of a sample's events."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.sample import SampleWeights
from rapidmass.ntuples.reader import NtupleError, check_branches, open_tree

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Normalisation:
    """What the weight of an event of a sample is made of.

    Parameters
    ----------
    sample
        Name of the sample.
    sum_of_weights
        Sum of generator weights before any selection; 1 for data.
    cross_section
        Cross section x k-factor x filter efficiency in pb; 1 for data.
    weight
        What generator weight x scale factors is multiplied with to give the event's share of the
        cross section in pb. Times the luminosity, it is the number of events that it stands for.
    """

    sample: str
    sum_of_weights: float
    cross_section: float
    weight: float


def normalise_sample(
    name: str,
    weights: SampleWeights,
    *,
    files: Sequence[Path],
    trees: Sequence[str],
    luminosity_share: float,
) -> Normalisation:
    """Compute the weight of a sample's events.

    Parameters
    ----------
    name
        Name of the sample.
    weights
        Its cross section and sum of weights; without a cross section these are data.
    files
        Its files; read only where the sheet says that the sum of weights is in them.
    trees
        Names of the tree with the events, of which a constant branch is read.
    luminosity_share
        Luminosity of the sample's campaign over that of all campaigns, so that campaigns with
        samples of their own add up.

    Returns
    -------
    Normalisation
        Without the luminosity itself: a weight in pb.

    Raises
    ------
    ValueError
        If the sum of weights cannot be read or is not positive.
    """
    if weights.cross_section is None:
        return Normalisation(name, 1.0, 1.0, 1.0)
    total = sum_weights(name, weights.sum_of_weights, files, trees)
    if not (np.isfinite(total) and total > 0):
        raise ValueError(
            f"sample {name}: the sum of weights ({weights.sum_of_weights}) is {total:g}; "
            "it must be positive: correct the column 'sum_of_weights' of the sample sheet"
        )
    cross_section = weights.cross_section * weights.k_factor * weights.filter_efficiency
    weight = cross_section * luminosity_share / total
    logger.info("%s: %g pb, sum of weights %g", name, cross_section, total)
    return Normalisation(name, total, cross_section, weight)


def sum_weights(
    sample: str, where: float | str | None, files: Sequence[Path], trees: Sequence[str]
) -> float:
    """Find the sum of generator weights of a sample.

    Parameters
    ----------
    sample
        Name of the sample.
    where
        The number itself, `sum:<tree>:<branch>` or `branch:<branch>`.
    files
        Its files.
    trees
        Names of the tree with the events.

    Returns
    -------
    float
        The number of the sheet; or the sum over all entries of the named tree and branch in all
        files; or the constant that the named branch has in all events.

    Raises
    ------
    ValueError
        If a constant is not constant, or nothing can be read.
    """
    if where is None:
        raise ValueError(f"sample {sample} has a cross section but no sum of weights: give one")
    if isinstance(where, float):
        return where
    kind, *names = where.split(":")
    if kind == "sum":
        return float(sum(_read_branch(file, [names[0]], names[1]).sum() for file in files))
    constants = [np.unique(_read_branch(file, trees, names[0])) for file in files]
    values = np.unique(np.concatenate(constants))
    if len(values) != 1:
        raise ValueError(
            f"sample {sample}: branch {names[0]} has {len(values)} different values, so it "
            "is no sum of weights of the sample; give a number in the sample sheet"
        )
    return float(values[0])


def _read_branch(path: Path, trees: Sequence[str], branch: str) -> NDArray[np.float64]:
    with open_tree(path, trees) as tree:
        check_branches(path, tree, [branch])
        try:
            column = tree[branch].array(library="np")
        except Exception as error:  # uproot's errors have no common base
            raise NtupleError(f"{path}: branch {branch} cannot be read: {error}") from error
    return np.asarray(column, dtype=np.float64)
