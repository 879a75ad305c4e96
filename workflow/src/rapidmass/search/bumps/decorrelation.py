"""Features without what they know of the mass: conditional quantiles learnt from sidebands.

A feature x becomes u = P(X <= x | m), which is uniform at every mass m. The distribution function
is a polynomial of the mass for every x, P(X <= x | m) = sum over j of P_j(m) C_j(x), with
polynomials that are orthonormal over the events of the sidebands: then C_j(x) is the mean of P_j
of these events times whether they lie below x. In the signal region it is interpolated. Where many
events share a value, as numbers of jets do, u is drawn uniformly between P(X < x) and P(X <= x).
"""

import numpy as np
from numpy.typing import NDArray

from rapidmass.storage.event_keys import draw_uniform

Array = NDArray[np.float64]
DEGREE = 2


class ConditionalQuantile:
    """The distribution function of one feature at each mass.

    Parameters
    ----------
    values, mass
        Shape (events,): of the events of both sidebands. NaN is a value like others, the lowest.

    Raises
    ------
    ValueError
        If there are too few events.
    """

    def __init__(self, values: Array, mass: Array) -> None:
        if len(np.unique(mass)) <= DEGREE + 1:
            raise ValueError(
                f"{len(mass)} events in sidebands are too few to learn how features follow the "
                "mass: widen studies.bump_hunt.sidebands"
            )
        self._centre, self._scale = mass.mean(), mass.std()
        powers = np.vander((mass - self._centre) / self._scale, DEGREE + 1, increasing=True)
        self._triangle = np.linalg.qr(powers / np.sqrt(len(mass)))[1]
        values = np.where(np.isnan(values), -np.inf, values)
        order = np.argsort(values, kind="stable")
        self._values = values[order]
        sums = np.cumsum(self._expand(mass)[order], axis=0) / len(mass)
        self._sums = np.vstack([np.zeros(DEGREE + 1), sums])

    def transform(self, values: Array, mass: Array, noise: Array) -> Array:
        """Transform a feature.

        Parameters
        ----------
        values, mass
            Shape (events,).
        noise
            Shape (events,): uniform numbers, which decide where values are shared.

        Returns
        -------
        ndarray, shape (events,)
            From 0 to 1.
        """
        values = np.where(np.isnan(values), -np.inf, values)
        basis = self._expand(mass)
        below, upto = (
            np.clip((basis * self._sums[np.searchsorted(self._values, values, side)]).sum(1), 0, 1)
            for side in ("left", "right")
        )
        return np.asarray(below + noise * (upto - below))

    def _expand(self, mass: Array) -> Array:
        powers = np.vander((mass - self._centre) / self._scale, DEGREE + 1, increasing=True)
        return np.linalg.solve(self._triangle.T, powers.T).T


def decorrelate(
    features: NDArray[np.float32],
    mass: Array,
    in_sidebands: NDArray[np.bool_],
    fold: NDArray[np.int64],
    key: NDArray[np.uint64],
) -> NDArray[np.float32]:
    """Transform features to conditional quantiles, each fold by what other folds say.

    Parameters
    ----------
    features
        Shape (events, features).
    mass, in_sidebands, fold, key
        Shape (events,).

    Returns
    -------
    ndarray of float32, shape (events, features)
        From 0 to 1.
    """
    found = np.empty_like(features)
    logarithm = np.log(mass)
    for column in range(features.shape[1]):
        noise = draw_uniform(key, f"conditional quantile {column}")
        values = features[:, column].astype(np.float64)
        for number in np.unique(fold):
            rows, others = fold == number, in_sidebands & (fold != number)
            learnt = ConditionalQuantile(values[others], logarithm[others])
            found[rows, column] = learnt.transform(values[rows], logarithm[rows], noise[rows])
    return found
