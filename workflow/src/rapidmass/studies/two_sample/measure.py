"""A test of data against simulation, and what drives it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.two_sample import TwoSample
from rapidmass.datasets.elements import name_elements, read_elements
from rapidmass.search.fitters import make_fitter
from rapidmass.search.pseudo_experiments import Expected, make_positive
from rapidmass.search.two_sample_test import (
    TwoSampleTest,
    combine_tests,
    compare_samples,
    measure_importance,
)
from rapidmass.search.weight_changes import Varied, learn_sources, make_sources
from rapidmass.studies.two_sample.events import OpenEvents, ScoreFiles

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Uncertainties:
    """What is stated of the simulation.

    Parameters
    ----------
    scale
        Luminosity of data over the share of the background that has scores, in pb^-1.
    whole, single
        Relative uncertainties of all simulation by name, and of channels by channel.
    """

    scale: float
    whole: Mapping[str, float]
    single: Mapping[str, float]


def study_difference(
    files: ScoreFiles, uncertainties: Uncertainties, settings: TwoSample, *, seed: int
) -> dict[str, Any]:
    """Compare data with simulation in all features at once.

    Parameters
    ----------
    files
        Data, simulation and its variations.
    uncertainties
        Scale of the simulation, and what is stated of it.
    settings
        How it is compared.
    seed
        What everything random follows from.

    Returns
    -------
    dict
        In JSON types: `observed`, `expected`, `effective` events, `simulated` events that took
        part, `features`, number of `elements` beside them, `thresholds`, `sources`; `tests` by
        method, each with `statistic`, `toys`, `p_value`, `importance` by feature and `events`;
        `p_value` of all methods together.

    Raises
    ------
    ValueError
        If files do not belong together, or one has no events.
    """
    rng = np.random.default_rng(seed)
    names, data = files.list_features(), files.read_data()
    simulation, total, squares = files.read_background(settings.simulated, rng)
    weight = make_positive(simulation.weight)
    sources = make_sources(simulation.channel, uncertainties.whole, uncertainties.single)
    varied = _read_varied(files, settings.simulated, rng)
    sources |= learn_sources(simulation.features, weight, varied, rng=rng)
    expected = Expected(uncertainties.scale * weight, list(sources.values()))
    features = np.vstack([simulation.features, data.features])
    seen = {"kernel": features, "trees": features}
    elements, more = _read_elements(files, simulation.key, data.key)
    if elements:
        seen["trees"] = np.hstack([features, more])
    from_simulation = np.arange(len(features)) < len(weight)
    tests = {
        method: compare_samples(
            make_fitter(method, seen[method], from_simulation, settings, seed=seed),
            expected,
            len(data.key),
            toys=settings.toys,
            normalisation=settings.normalisation,
            rng=np.random.default_rng(seed),  # the same pseudo-experiments for each method
        )
        for method in settings.methods
    }
    return {
        "observed": len(data.key),
        "expected": float(uncertainties.scale * total),
        "effective": float(total**2 / squares),
        "simulated": len(weight),
        "features": names,
        "elements": len(elements),
        "thresholds": {
            k: t if np.isfinite(t) else None for k, t in files.find_thresholds().items()
        },
        "sources": list(sources),
        "tests": {
            method: _describe(
                test, [*names, *elements], data, seen[method][len(weight) :], settings.events, rng
            )
            for method, test in tests.items()
        },
        "p_value": combine_tests(list(tests.values())),
    }


def _read_elements(
    files: ScoreFiles, simulated: NDArray[np.uint64], observed: NDArray[np.uint64]
) -> tuple[list[str], NDArray[np.float32]]:
    """Read what trees see beside the variables: names, and shape (rows, elements)."""
    if files.elements is None:
        return [], np.empty((len(simulated) + len(observed), 0), dtype=np.float32)
    pairs = ((files.elements.background, simulated), (files.elements.data, observed))
    rows = [read_elements(paths, keys) for paths, keys in pairs]
    return list(name_elements(files.elements.background)), np.vstack(rows)


def _read_varied(files: ScoreFiles, most: int, rng: np.random.Generator) -> Iterator[Varied]:
    for shift in sorted(files.shifts):
        events = files.read_background(most, rng, shift).events
        yield Varied(shift.source, events.features, make_positive(events.weight))


def _describe(
    test: TwoSampleTest,
    names: Sequence[str],
    data: OpenEvents,
    seen: Array,
    most: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    observed = len(data.key)
    log_ratio = test.fit.log_ratio[-observed:]
    rows = np.arange(len(test.fit.log_ratio) - observed, len(test.fit.log_ratio))
    importance = measure_importance(test.fit, seen, rows, rng)
    first = np.argsort(-log_ratio, kind="stable")[:most]
    return {
        "statistic": test.statistic,
        "toys": test.toys.tolist(),
        "p_value": test.p_value,
        "importance": dict(zip(names, importance.tolist(), strict=False)),
        "events": [
            {
                "key": str(data.key[k]),
                "log_ratio": float(log_ratio[k]),
                "features": {
                    name: float(value) if np.isfinite(value) else None
                    for name, value in zip(names, data.features[k], strict=False)
                },
            }
            for k in first
        ],
    }
