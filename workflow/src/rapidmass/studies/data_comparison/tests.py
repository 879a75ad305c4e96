"""Numbers that say how well one feature of data agrees with simulation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.data_comparison import DataComparison
from rapidmass.search.feature_tests import FeatureTester
from rapidmass.search.goodness_of_fit import Prediction, compute_chi2
from rapidmass.statistics.weighted_events import count_effective
from rapidmass.studies.data_comparison.features import FINE

Array = NDArray[np.float64]
Kind = Literal["cell", "variable", "multiplicity", "flavour"]


@dataclass(frozen=True)
class FeatureBins:
    """A feature of data and of simulation, in the same bins.

    Parameters
    ----------
    name, kind
        What it is.
    values, variances
        Shape (channels, bins): what simulation expects.
    observed
        Shape (bins,): events of data.
    present
        Events of data that have it, also where simulation never does.
    edges
        Edges of the bins of figures, each of `FINE` fine bins; None for categories.
    labels
        Names of the categories.
    varied
        For each systematic variation, shape (bins,): by how many events it changes simulation.
    """

    name: str
    kind: Kind
    values: Array
    variances: Array
    observed: Array
    present: int
    edges: Array | None = None
    labels: Sequence[str] = ()
    varied: Sequence[Array] = ()

    def merge(self) -> "FeatureBins":
        """Merge fine bins to those of figures; categories stay."""
        if self.edges is None:
            return self

        def add(content: Array) -> Array:
            merged: Array = content.reshape(*content.shape[:-1], -1, FINE).sum(axis=-1)
            return merged

        return replace(
            self,
            values=add(self.values),
            variances=add(self.variances),
            observed=add(self.observed),
            varied=[add(change) for change in self.varied],
        )


class FeatureDescriber:
    """Computes the numbers of one feature after the other.

    Parameters
    ----------
    settings
        Bins and uncertainties.
    channels
        Background channels, in the order of the histograms.
    seed
        What the pseudo-experiments follow from.
    sources
        What is uncertain, of each systematic variation.
    """

    def __init__(
        self,
        settings: DataComparison,
        channels: Sequence[str],
        seed: int,
        sources: Sequence[str] = (),
    ) -> None:
        self._settings = settings
        whole = [np.full(len(channels), size) for size in settings.systematics.values()]
        single = [
            np.where(np.array(channels) == name, size, 0.0)
            for name, size in settings.channel_systematics.items()
            if name in channels
        ]
        self._factors = np.array([*whole, *single]).reshape(-1, len(channels))
        self._sources = tuple(sources)
        self._tester = FeatureTester(
            settings.bins,
            settings.minimum_events,
            seed=seed,
            uncertainties=len(self._factors) + len(set(sources)),
        )

    def predict(self, values: Array, variances: Array, varied: Sequence[Array] = ()) -> Prediction:
        """Add channels, and find what the systematic uncertainties do to the sum.

        Parameters
        ----------
        values, variances
            Shape (channels, bins).
        varied
            For each systematic variation, shape (bins,): what it changes.

        Returns
        -------
        Prediction
            Of the bins.
        """
        stated = self._factors @ values
        shifts = np.concatenate([stated, np.reshape(varied, (len(varied), values.shape[1]))])
        return Prediction(values.sum(axis=0), variances.sum(axis=0), shifts, self._sources)

    def describe_yield(self, observed: float, prediction: Prediction) -> dict[str, Any]:
        """Describe a number of events, and the ratio of data to simulation.

        Parameters
        ----------
        observed
            Events of data.
        prediction
            Its bins are added.

        Returns
        -------
        dict
            In JSON types; ratios are None where nothing is expected. `ratio_uncertainty` has the
            statistical uncertainties of data and simulation.
        """
        expected = float(prediction.values.sum())
        variance = float(prediction.variances.sum())
        together = prediction.transform(lambda part: part.sum(axis=-1, keepdims=True))
        shifts = together.combine_sources(shape=False)
        systematic = float(np.sqrt((shifts[:, 0] ** 2).sum()))
        ratio: dict[str, Any] = dict.fromkeys(("ratio", "ratio_uncertainty", "ratio_systematic"))
        if expected > 0:
            relative = observed / expected**2 + variance * observed**2 / expected**4
            ratio = {
                "ratio": observed / expected,
                "ratio_uncertainty": float(np.sqrt(relative)),
                "ratio_systematic": observed * systematic / expected**2,
            }
        return {
            "observed": int(observed),
            "expected": expected,
            "expected_uncertainty": float(np.sqrt(variance)),
            "expected_systematic": systematic,
            "effective": float(count_effective(expected, variance)),
            **ratio,
        }

    def describe(self, feature: FeatureBins, total: Prediction, events: int) -> dict[str, Any]:
        """Describe how well a feature agrees.

        Parameters
        ----------
        feature
            In fine bins.
        total
            All simulated events, in one bin.
        events
            All events of data.

        Returns
        -------
        dict
            In JSON types; what cannot be tested is None.
        """
        prediction = self.predict(feature.values, feature.variances, feature.varied)
        chi2, shape, distance = self._tester.test(
            feature.observed,
            prediction,
            ordered=feature.kind != "flavour",
            categories=feature.edges is None,
        )
        tested = [test.p_value for test in (shape, distance) if test is not None]
        return {
            "name": feature.name,
            "kind": feature.kind,
            **self.describe_yield(feature.present, prediction),
            "chi2": chi2 and chi2._asdict(),
            "shape": shape and shape._asdict(),
            "ks": distance and distance._asdict(),
            # of two tests the smaller p-value, doubled: small by chance as rarely as one
            "p_value": min(1.0, len(tested) * min(tested)) if tested else None,
            "presence": self._compare_presence(feature, prediction, total, events),
        }

    def _compare_presence(
        self, feature: FeatureBins, prediction: Prediction, total: Prediction, events: int
    ) -> dict[str, Any] | None:
        """Compare the shares of the events that have a feature, which their objects decide."""
        expected = float(total.values[0])
        if feature.edges is None or not expected > 0 or not events > 0:
            return None
        inside = prediction.transform(lambda part: part.sum(axis=-1, keepdims=True))
        values, variances, shifts = (
            np.concatenate([a, b - a], axis=-1) for a, b in zip(inside[:3], total[:3], strict=True)
        )
        both = Prediction(values, variances, shifts, prediction.sources)
        test = None
        effective = count_effective(both.values, both.variances)
        if min(both.values.min(), effective.min()) >= self._settings.minimum_events:
            observed = np.array([feature.present, events - feature.present], dtype=np.float64)
            test = compute_chi2(observed, both, shape=True)
        return {
            "observed": feature.present / events,
            "expected": float(inside.values[0]) / expected,
            "p_value": test and test.p_value,
        }
