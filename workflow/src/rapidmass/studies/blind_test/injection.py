"""Data with signal events hidden among them, for a search that does not know where they are.

Some events of data leave, as many events of signals take their place. Which ones follows from
their keys, so it is the same for any order or number of files. In the mixture they cannot be told
apart by anything but what a detector measures: they have no weight, no number and a new key. What
each event is goes to another file.

That hides the answer from who does not look for it, no more. Whoever has the data finds their
events in the mixture by their matrices, or by the formula of the new keys.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.datasets.megasets import SHARD_ONLY
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.storage.event_keys import draw_uniform, hash_text, mix
from rapidmass.storage.parquet import iterate_events
from rapidmass.storage.sorting import write_sorted

logger = logging.getLogger(__name__)

Keys = NDArray[np.uint64]

# Nothing that scores a mixture reads them.
LEFT_OUT = (*SHARD_ONLY, "met_phi", "m_ll", "m_lll", "flavour")


@dataclass(frozen=True)
class Sample:
    """Shards of a sample.

    Parameters
    ----------
    name
        Its label.
    shards
        Its files, in any order.
    """

    name: str
    shards: Sequence[Path]


@dataclass(frozen=True)
class Recipe:
    """How a mixture is made.

    Parameters
    ----------
    share
        Share of the data events that are replaced.
    events
        Number of them, instead of the share.
    label
        Other texts give other mixtures.
    """

    share: float
    events: int | None
    label: str

    def count(self, data: int) -> int:
        """Count the events to replace.

        Parameters
        ----------
        data
            Number of data events.

        Returns
        -------
        int
            At least one.

        Raises
        ------
        ValueError
            If there are not more data events than that.
        """
        wanted = max(1, round(self.share * data)) if self.events is None else self.events
        if wanted >= data:
            raise ValueError(
                f"the blind test replaces {wanted} events of data, but {data} pass the selection: "
                "lower studies.blind_test.events or share"
            )
        return wanted

    @property
    def choice(self) -> str:
        """Salt of the choice of events."""
        return f"blind test {self.label}, choice"

    def rename(self, keys: Keys) -> Keys:
        """Give events new keys, one to one."""
        return mix(keys ^ np.uint64(hash_text(f"blind test {self.label}, key")))


def mix_events(
    data: Sequence[Sample],
    signals: Sequence[Sample],
    recipe: Recipe,
    events: Path,
    labels: Path,
    *,
    provenance: Mapping[str, Any],
) -> None:
    """Hide signal events among data.

    Every signal gives the same number of events (but for a remainder of one). An event of a signal
    is drawn with a probability in proportion to its weight, and never twice; events with negative
    weights are not drawn.

    Parameters
    ----------
    data, signals
        Samples of one selection. Their order does not matter.
    recipe
        How many events, and which.
    events
        Parquet file to write: rows of the shards sorted by new keys, without weights, numbers and
        what no score reads.
    labels
        Parquet file to write: `key` and `label`, the sample that each event comes from.
    provenance
        Stored in both files.

    Raises
    ------
    ValueError
        If there are fewer events than are to be replaced or drawn, or two events have one key.
    """
    kept, replaced = _choose_data(data, recipe)
    chosen = {**kept, **_choose_signals(signals, recipe, replaced)}
    shards = [(s.name, path) for s in _sort([*data, *signals]) for path in sorted(s.shards)]
    with write_whole(labels) as labels_path, write_whole(events) as events_path:
        tables = (t for name, path in shards for t in _take(path, chosen[name], recipe))
        most_rows = sum(len(keys) for keys in chosen.values())
        rows = write_sorted(tables, events_path, provenance, most_rows)
        _write_labels(labels_path, chosen, recipe, provenance)
    logger.info("%d events, %d of them in the place of data", rows, replaced)


def _sort(samples: Sequence[Sample]) -> list[Sample]:
    return sorted(samples, key=lambda sample: sample.name)


def _choose_data(data: Sequence[Sample], recipe: Recipe) -> tuple[dict[str, Keys], int]:
    """Choose the events that stay, by sample; and count those that leave."""
    keys = {sample.name: _read(sample, ["key"])["key"].to_numpy() for sample in data}
    joined = np.concatenate([*keys.values(), np.zeros(0, np.uint64)])
    number = recipe.count(len(joined))
    if len(np.unique(joined)) < len(joined):
        raise ValueError(
            f"data of {', '.join(keys)} hold an event twice: correct the files or the identity of "
            "events before they are mixed with signals"
        )
    leaving = joined[_find_smallest(draw_uniform(joined, recipe.choice), joined, number)]
    return {name: own[~np.isin(own, leaving)] for name, own in keys.items()}, number


def _choose_signals(signals: Sequence[Sample], recipe: Recipe, total: int) -> dict[str, Keys]:
    """Choose events of each signal, without replacement and in proportion to their weights.

    P. S. Efraimidis, P. G. Spirakis, Inf. Process. Lett. 97 (2006) 181: the smallest of
    exponential variates, each divided by its event's weight.
    """
    chosen = {}
    for place, signal in enumerate(_sort(signals)):
        number = (total + place) // len(signals)  # they add up to the total
        table = _read(signal, ["key", "generator_weight", "scale_factor"])
        weight = table["generator_weight"].to_numpy() * table["scale_factor"].to_numpy()
        keys, weight = table["key"].to_numpy()[weight > 0], weight[weight > 0]
        if number > len(keys):
            raise ValueError(
                f"the blind test needs {number} events of {signal.name}, which has {len(keys)} of "
                "positive weight: lower studies.blind_test.events or share, or generate more"
            )
        variate = -np.log1p(-draw_uniform(keys, recipe.choice)) / weight
        chosen[signal.name] = keys[_find_smallest(variate, keys, number)]
    return chosen


def _read(sample: Sample, columns: list[str]) -> pa.Table:
    parts = [t for path in sample.shards for t in iterate_events(path, columns)]
    if not parts:
        raise ValueError(f"no event of sample {sample.name} passes the selection: none to mix")
    return pa.concat_tables(parts).combine_chunks()


def _find_smallest(values: NDArray[np.float64], keys: Keys, number: int) -> NDArray[np.int64]:
    """Find the places of the smallest values; of equal ones, of the smallest keys."""
    return np.lexsort((keys, values))[:number]


def _take(path: Path, chosen: Keys, recipe: Recipe) -> Iterator[pa.Table]:
    for table in iterate_events(path):
        keys = table["key"].to_numpy()
        kept = np.isin(keys, chosen)
        dropped = [name for name in LEFT_OUT if name in table.column_names]
        own = table.filter(pa.array(kept)).drop_columns(dropped)
        metadata = {
            k: v for k, v in table.schema.metadata.items() if k != b"rapidmass.provenance.requests"
        }
        place = own.schema.get_field_index("key")
        renamed = own.set_column(place, "key", pa.array(recipe.rename(keys[kept])))
        yield renamed.replace_schema_metadata(metadata)


def _write_labels(
    path: Path, chosen: Mapping[str, Keys], recipe: Recipe, provenance: Mapping[str, Any]
) -> None:
    keys = recipe.rename(np.concatenate(list(chosen.values())))
    names = np.repeat(np.arange(len(chosen), dtype=np.int32), [len(k) for k in chosen.values()])
    order = np.argsort(keys, kind="stable")
    label = pa.DictionaryArray.from_arrays(pa.array(names[order]), pa.array(list(chosen)))
    table = pa.table({"key": keys[order], "label": label.cast(pa.string())})
    metadata = {"rapidmass.provenance.requests": json.dumps(provenance)}
    pq.write_table(table.replace_schema_metadata(metadata), path, compression="zstd")
