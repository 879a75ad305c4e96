r"""Falling spectra: smooth functions fitted to the sidebands of a window, and the excess between.

The density is :math:`p_1 (1-x)^{p_2} x^{-(p_3 + p_4 \ln x + p_5 \ln^2 x)}`, the family of searches
in two jets (CDF, Phys. Rev. D 79 (2009) 112002), with x the mass over the energy of the collision.
Its logarithm is linear in the parameters, so that the likelihood has one maximum, which Fisher's
scoring finds for thousands of spectra at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy
from scipy.stats import chi2, norm

from rapidmass.search.bumps.windows import HIGH, LOW, SIGNAL

Array = NDArray[np.float64]
ITERATIONS = 60
CLOSE = 1e-7  # decrement of the logarithm of the likelihood at which a fit has converged
LARGEST_STEP = 2.0  # of the logarithm of an expectation, in one iteration
LEVEL = 0.05  # at which one more parameter is taken


@dataclass(frozen=True)
class Fits:
    """Fits of many spectra.

    Parameters
    ----------
    expected
        Shape (spectra, cells): expected events.
    deviance
        Shape (spectra,): twice the logarithm of the saturated likelihood over that of the fit.
    error
        Shape (spectra,): standard deviation of the expected events of the signal region.
    parameters
        Shape (spectra,): how many parameters each has.
    converged
        Shape (spectra,): whether the maximum was found.
    """

    expected: Array
    deviance: Array
    error: Array
    parameters: NDArray[np.int64]
    converged: NDArray[np.bool_]


@dataclass(frozen=True)
class Excess:
    """What spectra have in the signal region beyond a smooth background.

    Parameters
    ----------
    observed, background, error
        Shape (spectra,): events in the signal region, expected background, its uncertainty.
    p_value
        Shape (spectra,): of so many events or more; uniform without a signal, up to 1 for a
        deficit. NaN where a fit did not converge, or sidebands have too few events.
    significance
        Shape (spectra,): the same in standard deviations.
    sidebands
        The fits of the sidebands alone.
    """

    observed: Array
    background: Array
    error: Array
    p_value: Array
    significance: Array
    sidebands: Fits


class Spectrum:
    """Cells of mass, and the functions that are fitted in them.

    Parameters
    ----------
    edges
        Shape (cells + 1,): of the cells.
    region
        Shape (cells,): from `rapidmass.search.bumps.windows`. Those of the signal region count as
        one in the fit.
    energy
        Energy of the collision, in the unit of the mass.
    parameters
        Fewest and most parameters.
    minimum_events
        Fewest events in both sidebands together.
    """

    def __init__(
        self,
        edges: Array,
        region: NDArray[np.int8],
        *,
        energy: float,
        parameters: tuple[int, int],
        minimum_events: int,
    ) -> None:
        self.edges, self.region = edges, region
        self._orders = range(parameters[0], parameters[1] + 1)
        self._minimum = minimum_events
        x = np.sqrt(self.edges[1:] * self.edges[:-1]) / energy
        if x[-1] >= 1:
            raise ValueError(
                f"masses reach {self.edges[-1]:g}, and sqrt_s is {energy:g}: lower "
                "studies.bump_hunt.range.stop"
            )
        log_x = np.log(x)
        columns = [np.ones(len(x)), log_x, np.log1p(-x), log_x**2, log_x**3]
        used = np.isin(self.region, (LOW, HIGH, SIGNAL))
        self._design = []
        for order in self._orders:
            raw = np.column_stack(columns[:order])
            # the same functions, orthogonal: their powers are nearly parallel in a narrow window
            triangle = np.linalg.qr(raw[used])[1]
            self._design.append(np.linalg.solve(triangle.T, raw.T).T)
        self._width = np.diff(self.edges)
        cells = np.flatnonzero(np.isin(self.region, (LOW, HIGH)))
        self._sidebands = np.zeros((len(cells), len(self.region)))
        self._sidebands[np.arange(len(cells)), cells] = 1.0
        self._whole = np.vstack([self._sidebands, self.region == SIGNAL])

    def count(self, mass: Array) -> Array:
        """Count events in cells; shape (cells,)."""
        return np.histogram(mass, self.edges)[0].astype(np.float64)

    def measure(self, counts: Array) -> Excess:
        """Measure the excess of spectra.

        The number of parameters is raised while the likelihood of the sidebands demands it. The
        excess is tested by the profile likelihood of one free number of signal events in the signal
        region, with all parameters of the background as nuisance.

        Parameters
        ----------
        counts
            Shape (spectra, cells).

        Returns
        -------
        Excess
            One number a spectrum.
        """
        side = self.fit(counts)
        signal = self.region == SIGNAL
        observed, background = counts[:, signal].sum(1), side.expected[:, signal].sum(1)
        significance = np.full(len(counts), np.nan)
        enough = (counts @ self._sidebands.sum(0) >= self._minimum) & side.converged
        for place, order in enumerate(self._orders):
            rows = np.flatnonzero(enough & (side.parameters == order))
            if not len(rows):
                continue
            whole = self._fit(counts[rows], place, self._whole)
            gain = np.maximum(whole.deviance - side.deviance[rows], 0.0)
            found = np.sign(observed[rows] - background[rows]) * np.sqrt(gain)
            found[~whole.converged] = np.nan
            significance[rows] = found
        return Excess(observed, background, side.error, norm.sf(significance), significance, side)

    def test_goodness(self, counts: Array, *, toys: int, rng: np.random.Generator) -> float:
        """Test how well the chosen function describes the sidebands of one spectrum.

        Parameters
        ----------
        counts
            Shape (cells,).
        toys
            How many spectra are drawn from the fit, and fitted as this one.
        rng
            Random numbers.

        Returns
        -------
        float
            Share of spectra, this one among them, with this deviance or a larger one.
        """
        found = self.fit(counts[None])
        drawn = rng.poisson(found.expected[0], (toys, len(counts))).astype(np.float64)
        others = self.fit(drawn)
        larger = np.count_nonzero(others.deviance[others.converged] >= found.deviance[0])
        return float((1 + larger) / (1 + np.count_nonzero(others.converged)))

    def fit(self, counts: Array) -> Fits:
        """Fit the sidebands of spectra, with as many parameters as their likelihood demands.

        Parameters
        ----------
        counts
            Shape (spectra, cells).

        Returns
        -------
        Fits
            Expectations of all cells.
        """
        best = self._fit(counts, 0, self._sidebands)
        for place in range(1, len(self._orders)):
            more = self._fit(counts, place, self._sidebands)
            stays = best.parameters == self._orders[place - 1]
            gained = chi2.sf(np.maximum(best.deviance - more.deviance, 0.0), 1) < LEVEL
            taken = stays & gained & more.converged
            best = Fits(
                np.where(taken[:, None], more.expected, best.expected),
                np.where(taken, more.deviance, best.deviance),
                np.where(taken, more.error, best.error),
                np.where(taken, more.parameters, best.parameters),
                np.where(taken, more.converged, best.converged),
            )
        return best

    def _fit(self, counts: Array, place: int, groups: Array) -> Fits:
        """Fit all spectra by one function, in cells that are grouped to bins."""
        design, n = self._design[place], counts @ groups.T
        level = np.log((n.sum(1) + 0.5) / (groups @ self._width).sum())
        # a weighted line through the logarithms is near enough to begin with
        one = groups / groups.sum(1, keepdims=True)
        target = np.log(n + 0.5) - np.log(groups @ self._width)
        theta = np.linalg.lstsq(one @ design, (target - level[:, None]).T, rcond=None)[0].T
        theta += np.linalg.lstsq(design, np.ones(len(design)), rcond=None)[0] * level[:, None]
        done = np.zeros(len(n), dtype=bool)
        for _ in range(ITERATIONS):
            _, mean, slope = self._expect(theta, design, groups)
            score = np.einsum("tbp,tb->tp", slope, n / mean - 1.0)
            fisher = np.einsum("tbp,tbq->tpq", slope / mean[..., None], slope)
            fisher += (
                1e-12 * np.trace(fisher, axis1=1, axis2=2)[:, None, None] * np.eye(len(theta.T))
            )
            step = np.linalg.solve(fisher, score[..., None])[..., 0]
            done = np.einsum("tp,tp->t", step, score) < CLOSE * (1 + n.sum(1)) ** 0.5
            if done.all():
                break
            size = np.abs(step @ design.T).max(1)
            theta += step * np.minimum(1.0, LARGEST_STEP / np.maximum(size, 1e-300))[:, None]
        cells, mean, slope = self._expect(theta, design, groups)
        deviance = 2 * (mean - n + xlogy(n, np.where(n > 0, n, 1.0) / mean)).sum(1)
        inverse = np.linalg.pinv(np.einsum("tbp,tbq->tpq", slope / mean[..., None], slope))
        signal = self.region == SIGNAL
        gradient = np.einsum("tc,cp->tp", cells[:, signal], design[signal])
        error = np.sqrt(np.einsum("tp,tpq,tq->t", gradient, inverse, gradient))
        order = np.full(len(n), design.shape[1])
        return Fits(cells, deviance, error, order, done & np.isfinite(deviance))

    def _expect(self, theta: Array, design: Array, groups: Array) -> tuple[Array, Array, Array]:
        cells = np.exp(np.clip(theta @ design.T, -60.0, 60.0)) * self._width
        slope = np.einsum("bc,tc,cp->tbp", groups, cells, design, optimize=True)
        return cells, np.maximum(cells @ groups.T, 1e-12), slope
