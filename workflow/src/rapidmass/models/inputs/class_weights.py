"""What events count in the training of a classifier, negative weights among them.

An event of sample s and weight w counts sign(w) f |w|^p. The power p is that of the scheme, and the
factor f follows from sums over the training part: it is one number for each sample and sign. The
sum over both classes is the number of events, so that a factor on all weights changes nothing. Some
algorithms compare sums of weights with fixed numbers (the least weight in a leaf, penalties on
the weights of a network) and would find nothing, without a word, if weights were small.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rapidmass.config.models.network import NegativeWeights
from rapidmass.config.models.supervised import ClassWeighting, Supervised
from rapidmass.datasets.splits import Part
from rapidmass.models.inputs.class_sums import (
    SIGNS,
    TERMS,
    ClassSums,
    SampleSums,
    refuse_unusable,
)

POWERS: Mapping[ClassWeighting, float] = MappingProxyType(
    {
        "unweighted": 0.0,
        "physical": 1.0,
        "balanced_counts": 0.0,
        "balanced_yield": 1.0,
        "sqrt": 0.5,
        "per_mass": 1.0,
    }
)
UNBALANCED = frozenset({"unweighted", "physical"})
CLASSES = ("background", "signal")


@dataclass(frozen=True)
class ClassWeights:
    """What each event counts.

    Parameters
    ----------
    power
        Of the magnitude of its weight.
    factors
        For events of positive and of negative weight, by sample.
    sampling
        By class: factor where both classes are drawn equally often, so that their sums are those
        that the weights ask for.
    """

    power: float
    factors: Mapping[str, tuple[float, float]]
    sampling: Mapping[str, float]

    def weigh(self, events: pa.Table) -> NDArray[np.float64]:
        """Find what events count.

        Parameters
        ----------
        events
            With the columns `weight` (pb) and `sample`.

        Returns
        -------
        ndarray of float64, shape (events,)
            Of mean 1 over the training part. Events of samples that have no event there count 0.
        """
        weight = events.column("weight").to_numpy()
        names = pa.array(self.factors, pa.string())
        places = pc.index_in(events.column("sample").cast(pa.string()), value_set=names)
        rows = pc.fill_null(places, len(names)).to_numpy()
        factors = np.array([*self.factors.values(), (0.0, 0.0)])
        chosen = np.where(weight < 0, factors[rows, 1], factors[rows, 0])
        # 0^0 is 1, but an event without weight says nothing
        return np.asarray(np.where(weight == 0, 0.0, chosen * np.abs(weight) ** self.power))


def make_class_weights(
    sums: ClassSums, scheme: ClassWeighting, negative_weights: NegativeWeights
) -> ClassWeights:
    """Find what events count from the sums over the training part.

    Parameters
    ----------
    sums
        From `measure_classes`.
    scheme
        See `rapidmass.config.models.supervised.Supervised`.
    negative_weights
        What to do with negative weights.

    Returns
    -------
    ClassWeights
        Of mean 1 over the events of `sums`.

    Raises
    ------
    ValueError
        If a signal has no event, the weights of a class do not add up to more than 0, or there are
        negative weights and they are to be refused. The message names the sample.
    """
    refuse_unusable(sums, negative_weights)
    power = POWERS[scheme]
    factors = {
        kind: {
            name: _treat_sample(sample, power, negative_weights)
            * (_share_signal(sample, scheme, negative_weights) if kind == "signal" else 1.0)
            for name, sample in sums[kind].items()
        }
        for kind in CLASSES
    }
    # treated before, or with signs kept, a class may still add up to nothing
    totals = {kind: _add_up(sums[kind], factors[kind], power) for kind in CLASSES}
    for kind, total in totals.items():
        if not total > 0:
            raise ValueError(
                f"the training weights of the {kind} add up to {total:g} with class_weights: "
                f"{scheme} and negative_weights: {negative_weights}; they must be positive"
            )
    events = {kind: sum(sample.events for sample in sums[kind].values()) for kind in CLASSES}
    everything = sum(events.values())
    norms = {
        kind: everything / (sum(totals.values()) if scheme in UNBALANCED else 2 * totals[kind])
        for kind in CLASSES
    }
    return ClassWeights(
        power,
        {
            name: (float(pair[0] * norms[kind]), float(pair[1] * norms[kind]))
            for kind in CLASSES
            for name, pair in factors[kind].items()
        },
        {kind: 2 * events[kind] / everything for kind in CLASSES},
    )


def make_training_weights(
    name: str, settings: Supervised, sums: Mapping[Part, ClassSums]
) -> dict[Part, ClassWeights]:
    """Find what events count where a classifier learns, and where it is watched.

    Parameters
    ----------
    name
        Name of the architecture, for messages.
    settings
        Of the classifier.
    sums
        From `measure_classes`.

    Returns
    -------
    dict
        For the training part, negative weights treated as the settings ask for; for the validation
        part with the signs that the events have. Both with the factors of the training part.

    Raises
    ------
    ValueError
        As `make_class_weights`, for either part.
    """
    scheme, policy = settings.class_weights, settings.negative_weights
    for part, found in sums.items():
        try:
            make_class_weights(found, scheme, policy)
            make_class_weights(found, scheme, "keep")
        except ValueError as error:
            raise ValueError(f"{name}, {part} part: {error}") from error
    training = sums["training"]
    return {
        "training": make_class_weights(training, scheme, policy),
        "validation": make_class_weights(training, scheme, "keep"),
    }


def _treat_sample(
    sample: SampleSums, power: float, negative_weights: NegativeWeights
) -> NDArray[np.float64]:
    """Factors on |w|^p of positive and negative weights: what is rescaled keeps the total."""
    if negative_weights in ("keep", "fail"):
        return np.array(SIGNS)
    dropped = negative_weights == "drop"
    kept = float(sample.positive[-1] + (0.0 if dropped else sample.negative[-1]))
    rescaling = max(sample.total, 0.0) / kept if kept > 0 else 0.0
    if rescaling == 0.0:  # 0^0 is 1, but nothing is expected of this sample
        return np.zeros(2)
    return np.array([1.0, 0.0 if dropped else 1.0]) * float(rescaling**power)


def _share_signal(
    sample: SampleSums, scheme: ClassWeighting, negative_weights: NegativeWeights
) -> float:
    if scheme not in ("balanced_yield", "per_mass"):
        return 1.0
    total = _add_up(
        {"": sample}, {"": _treat_sample(sample, POWERS[scheme], negative_weights)}, POWERS[scheme]
    )
    share = sample.events if scheme == "balanced_yield" else 1.0
    return share / total if total > 0 else 0.0


def _add_up(
    samples: Mapping[str, SampleSums], factors: Mapping[str, NDArray[np.float64]], power: float
) -> float:
    term = TERMS.index(power)
    return float(
        sum(
            factors[name] @ [sample.positive[term], sample.negative[term]]
            for name, sample in samples.items()
        )
    )
