"""Events that baselines are fitted to: the training part of megasets, piece by piece."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.config.models.network import NegativeWeights
from rapidmass.datasets.folds import is_seen
from rapidmass.datasets.splits import select_part
from rapidmass.models.inputs.event_weights import list_columns, treat_weights
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.representations.base import Encoded
from rapidmass.representations.registry import check_representation
from rapidmass.storage.parquet import iterate_events, open_shard
from rapidmass.storage.tables import get_selection


class Piece(NamedTuple):
    """Some events of the training part.

    Parameters
    ----------
    keys
        Shape (events,).
    encoded
        How they are stored.
    weight
        Shape (events,): weights in pb after negative ones were treated.
    """

    keys: NDArray[np.uint64]
    encoded: Encoded
    weight: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TrainingEvents:
    """What a baseline is fitted to, and how.

    Parameters
    ----------
    megasets
        Files of the representation and selection of the scaler.
    scaler
        Fitted on the same events; its fold is left out.
    features
        Flat indices of the elements that are used, rising.
    validation_fraction
        Fraction of events in the validation part, which is left out.
    seed
        What is random follows from it.
    threads
        Processor threads; no result depends on them. Linear algebra takes those of the process.
    signals
        Files of events by signal, for kinds that are shown signals.
    luminosity
        In pb^-1, for these.
    """

    megasets: Sequence[Path]
    scaler: Scaler
    features: NDArray[np.int64]
    validation_fraction: float
    seed: int
    threads: int
    signals: Mapping[str, Path] = field(default_factory=dict)
    luminosity: float | None = None

    def iterate(
        self, negative_weights: NegativeWeights, files: Sequence[Path] | None = None
    ) -> Iterator[Piece]:
        """Go through the training part of files, in order.

        Parameters
        ----------
        negative_weights
            What to do with events of negative weight.
        files
            The megasets, or files of signals.

        Yields
        ------
        Piece
            Never all events at once.

        Raises
        ------
        ValueError
            If a file is damaged, or of another representation or selection.
        """
        representation = self.scaler.representation
        columns = ["key", *list_columns(negative_weights), *representation.columns]
        for path in self.megasets if files is None else files:
            with open_shard(path) as parquet:
                check_representation(representation, parquet.schema_arrow, path)
                found = get_selection(parquet.schema_arrow)
            if found != self.scaler.selection:
                raise ValueError(
                    f"{path} holds events of the selection {found}, but the scaler was fitted on "
                    f"{self.scaler.selection}: use the files of one selection"
                )
            for table in iterate_events(path, columns):
                keys = table.column("key").to_numpy()
                chosen, weight = treat_weights(table, self.scaler.sums, negative_weights)
                chosen &= select_part(keys, "training", self.validation_fraction)
                chosen &= is_seen(keys, self.scaler.fold)
                kept = table.filter(pa.array(chosen))
                yield Piece(keys[chosen], representation.decode(kept), weight[chosen])
