"""Data against simulation, feature by feature.

Every cell of the matrix that some event has, variables of the event, numbers of objects and
flavours of the leptons. Simulation is the test set, which no network has seen, scaled to the whole
background at the luminosity of data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from rapidmass.config.studies.data_comparison import DataComparison
from rapidmass.studies.data_comparison.events import ComparedEvents
from rapidmass.studies.data_comparison.filled import Filled, Scale, fill_histograms
from rapidmass.studies.data_comparison.histograms import HISTOGRAM, REGION, SHIFT
from rapidmass.studies.data_comparison.tests import FeatureBins, FeatureDescriber


@dataclass(frozen=True)
class Comparison:
    """What came out.

    Parameters
    ----------
    numbers
        In JSON types: `features`, the worst first; totals, thresholds and uncertainties. With
        regions `regions`, each with its `name`, `where`, `control`, totals and `features`.
    histograms
        As `HISTOGRAM`: one row a feature and channel, and one a feature for data. With systematic
        variations there is the column `SHIFT` too, and one row a feature and variation. With
        regions there is the column `REGION`.
    """

    numbers: dict[str, Any]
    histograms: pa.Table


def compare_data(
    events: ComparedEvents, scale: Scale, settings: DataComparison, *, seed: int
) -> Comparison:
    """Compare data with simulation in every feature.

    Parameters
    ----------
    events
        Data and test set.
    scale
        How simulation is scaled to data.
    settings
        Bins and uncertainties.
    seed
        What the pseudo-experiments of the Kolmogorov-Smirnov test follow from.

    Returns
    -------
    Comparison
        Features that neither data nor simulation have are not in it.

    Raises
    ------
    ValueError
        If files do not belong together, or hold what is blinded.
    """
    shifts = sorted(events.shifts)
    names, sources = [shift.name for shift in shifts], [shift.source for shift in shifts]
    whole, *regions = fill_histograms(events, scale, settings.bins, shifts)
    tester = FeatureDescriber(settings, scale.channels, seed, sources)
    found = whole.list_bins()
    numbers = {
        "layout": whole.features.layout.describe(),
        "luminosity": scale.luminosity,
        "thresholds": {
            k: t if np.isfinite(t) else None for k, t in events.find_thresholds().items()
        },
        "systematics": settings.systematics,
        "channel_systematics": {
            name: size
            for name, size in settings.channel_systematics.items()
            if name in scale.channels
        },
        **({"shifts": dict(zip(names, sources, strict=True))} if shifts else {}),
        **_describe(whole, found, tester),
    }
    tables = [_list_histograms(found, scale.channels, names)]
    if regions:
        numbers["regions"] = []
        tables = [_add_region(tables[0], None)]
    for region, filled in zip(events.regions, regions, strict=True):
        bins = filled.list_bins()
        described = _describe(filled, bins, tester)
        numbers["regions"].append({**region.model_dump(mode="json"), **described})
        tables.append(_add_region(_list_histograms(bins, scale.channels, names), region.name))
    return Comparison(numbers, pa.concat_tables(tables))


def _add_region(histograms: pa.Table, name: str | None) -> pa.Table:
    """Say of which region histograms are."""
    column = pa.repeat(pa.scalar(name, pa.string()), len(histograms))
    return histograms.append_column(REGION, column)


def _describe(
    filled: Filled, found: Sequence[FeatureBins], tester: FeatureDescriber
) -> dict[str, Any]:
    """Describe how many events there are, and how well each feature agrees."""
    simulated = filled.simulated.totals
    total = tester.predict(
        simulated[0][:, None],
        simulated[1][:, None],
        [some.totals[0] - simulated[0].sum() for some in filled.shifted],
    )
    seen = int(filled.observed.totals[0].sum())
    features = [tester.describe(feature, total, seen) for feature in found]
    return {**tester.describe_yield(seen, total), "features": sorted(features, key=_rank)}


def _rank(described: dict[str, Any]) -> tuple[float, float, str]:
    """Worst first; then what data have and simulation has not; what cannot be tested comes last."""
    p_value, expected = described["p_value"], described["expected"]
    return (1.5 if p_value is None else p_value, expected, described["name"])


def _list_histograms(
    found: Sequence[FeatureBins], channels: Sequence[str], shifts: Sequence[str]
) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for feature in (fine.merge() for fine in found):
        contents = zip(channels, feature.values, feature.variances, strict=True)
        own = [{"channel": c, "values": v, "variances": s} for c, v, s in contents]
        own.append({"values": feature.observed, "variances": feature.observed})
        varied = zip(shifts, feature.varied, strict=True)
        own += [{"shift": name, "values": change} for name, change in varied]
        common = {
            "feature": feature.name,
            "edges": None if feature.edges is None else feature.edges.tolist(),
            "labels": list(feature.labels),
        }
        rows += [common | row for row in own]
    schema = HISTOGRAM.append(SHIFT) if shifts else HISTOGRAM
    return pa.Table.from_pylist(rows, schema=schema)
