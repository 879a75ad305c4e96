"""Fits of experiments: p-values of a discovery, and upper limits on what is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np
from scipy.special import ndtr

from rapidmass.config.studies.fits import Fits
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.fit import fit_signal
from rapidmass.studies.calibration.experiments import Experiment, Truth, draw_counts


@dataclass(frozen=True)
class FitSettings:
    """How a signal is fitted.

    Parameters
    ----------
    fits
        Axes, regions and thresholds.
    channels
        Names of the background channels.
    uncertainty
        Relative uncertainty of the background.
    """

    fits: Fits
    channels: Sequence[str]
    uncertainty: float

    @classmethod
    def choose(
        cls, fits: Fits, channels: Sequence[str], uncertainty: float, *, toys: int
    ) -> "FitSettings":
        """Choose how fits are judged where events are few.

        Parameters
        ----------
        fits, channels, uncertainty
            As they are kept.
        toys
            Pseudo-experiments of each fit; 0: asymptotic formulas everywhere.

        Returns
        -------
        FitSettings
            With `fits` changed to it.
        """
        change = {"toys": toys} if toys else {"toys_below": 0.0}
        return cls(fits.model_copy(update=change), channels, uncertainty)


class FitTests:
    """Fits experiments, without signal and with as much as the truth is expected to exclude.

    Parameters
    ----------
    truth
        What is drawn from.
    settings
        How it is fitted.
    seed
        Of pseudo-experiments of fits.

    Attributes
    ----------
    strength
        The median limit that is expected; None if nothing can be fitted.
    reason
        Why not.
    """

    def __init__(self, truth: Truth, settings: FitSettings, *, seed: int) -> None:
        self._truth, self._settings, self._seed = truth, settings, seed
        expected = self._fit(truth.background.show(truth.scorer), None)
        self.strength: float | None = expected["strengths"] and expected["strengths"]["0"]
        self.reason: str | None = expected["reason"]

    def compute_p_value(self, experiment: Experiment, rng: np.random.Generator) -> float | None:
        """Compute the p-value of a discovery in data without signal.

        Parameters
        ----------
        experiment
            Its simulation is fitted to data of their own.
        rng
            What these follow from.

        Returns
        -------
        float or None
            0.5 where the fit finds less than none; None without a fit.
        """
        found = self._observe(experiment, 0.0, rng)
        return None if found is None else float(ndtr(-found["significance"]))

    def compute_limit(self, experiment: Experiment, rng: np.random.Generator) -> float | None:
        """Compute the upper limit on the strength of a signal that is there with `strength`.

        Parameters
        ----------
        experiment, rng
            As for `compute_p_value`.

        Returns
        -------
        float or None
            At 95 % confidence; None without one.
        """
        if self.strength is None:
            return None
        found = self._observe(experiment, self.strength, rng)
        return None if found is None else found["strengths"]["observed"]

    def _observe(
        self, experiment: Experiment, strength: float, rng: np.random.Generator
    ) -> dict[str, Any] | None:
        data = draw_counts(self._truth, self._settings.uncertainty, strength, rng)
        observed: dict[str, Any] | None = self._fit(
            experiment.simulation.show(self._truth.scorer), data
        )["observed"]
        return observed

    def _fit(self, background: ScoredEvents, data: ScoredEvents | None) -> dict[str, Any]:
        result, _ = fit_signal(
            lambda: [background],
            self._truth.signal.show(self._truth.scorer),
            self._settings.fits,
            channels=self._settings.channels,
            cross_section=1.0,
            background_uncertainty=self._settings.uncertainty,
            seed=self._seed,
            folder=Path(gettempdir()),
            data=None if data is None else [data],
        )
        return result
