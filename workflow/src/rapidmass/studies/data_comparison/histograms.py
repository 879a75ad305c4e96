"""The file with the histograms of a comparison."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rapidmass.provenance.atomic_files import write_whole

HISTOGRAM = pa.schema(
    {
        "feature": pa.string(),
        "channel": pa.string(),  # null: data
        "edges": pa.list_(pa.float64()),  # null: categories
        "labels": pa.list_(pa.string()),
        "values": pa.list_(pa.float64()),
        "variances": pa.list_(pa.float64()),
    }
)
# of a systematic variation, whose values are shifted minus nominal events of all channels
SHIFT = pa.field("shift", pa.string())
# null: all events that are compared
REGION = pa.field("region", pa.string())


def write_histograms(path: Path, histograms: pa.Table, provenance: Mapping[str, Any]) -> None:
    """Write histograms to a Parquet file.

    Parameters
    ----------
    path
        The file.
    histograms
        Of a comparison.
    provenance
        Where they come from: stored as JSON under `rapidmass.provenance.requests`.
    """
    metadata = {"rapidmass.provenance.requests": json.dumps(provenance)}
    with write_whole(path) as temporary:
        pq.write_table(histograms.replace_schema_metadata(metadata), temporary)


def read_rows(histograms: Path, feature: str, region: str | None = None) -> pa.Table:
    """Read the histograms of a feature.

    Parameters
    ----------
    histograms
        File of all of them.
    feature
        Name of the feature.
    region
        Name of the region. None: of all events that are compared.

    Returns
    -------
    pyarrow.Table
        One row a channel, and one for data.
    """
    chosen = pc.field("feature") == feature
    if REGION.name in pq.read_schema(histograms).names:
        here = pc.field(REGION.name)
        chosen &= here.is_null() if region is None else here == region
    return pq.read_table(histograms, filters=chosen, use_threads=False)
