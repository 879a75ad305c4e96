"""Events that a classifier was trained on, and events that it never saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.config.models.supervised import Supervised
from rapidmass.datasets.folds import is_seen
from rapidmass.datasets.splits import select_part
from rapidmass.models.export.onnx_model import Model
from rapidmass.models.inputs.class_sums import COLUMNS, measure_classes
from rapidmass.models.inputs.class_weights import make_training_weights
from rapidmass.storage.event_keys import draw_uniform
from rapidmass.storage.parquet import iterate_events, open_shard

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CheckedEvents:
    """Events of both classes with the logit that a classifier gives them.

    Parameters
    ----------
    x
        Shape (events, elements): all elements as they are, NaN where absent.
    label
        Shape (events,): 1 for signal.
    weight
        Shape (events,): what they count in training, with their signs.
    trained
        Shape (events,): whether the classifier was trained on them; else it never saw them.
    logit
        Shape (events,).
    """

    x: NDArray[np.float32]
    label: NDArray[np.bool_]
    weight: Numbers
    trained: NDArray[np.bool_]
    logit: Numbers

    def select(self, chosen: NDArray[np.bool_]) -> "CheckedEvents":
        """Select events; `chosen` has the shape (events,)."""
        return CheckedEvents(
            self.x[chosen],
            self.label[chosen],
            self.weight[chosen],
            self.trained[chosen],
            self.logit[chosen],
        )


def read_checked(
    model: Model,
    megasets: Sequence[Path],
    signals: Mapping[str, Path],
    settings: Supervised,
    *,
    name: str,
    validation_fraction: float,
    most: int,
) -> CheckedEvents:
    """Read events of both classes; those of the validation part are left out.

    Parameters
    ----------
    model
        The exported classifier, which knows the fold that it never saw.
    megasets
        Files of the background.
    signals
        Files by signal: those that the classifier was told of.
    settings
        Say what events count.
    name
        Name of the classifier, for messages.
    validation_fraction
        Fraction of events in the validation part.
    most
        About how many events of each class are read at most, chosen by their keys.

    Returns
    -------
    CheckedEvents
        Background first.

    Raises
    ------
    ValueError
        If a class has no event of weight in a part.
    """
    sums = measure_classes(
        megasets, signals, fold=model.fold, validation_fraction=validation_fraction
    )
    weights = make_training_weights(name, settings, sums)["validation"]
    output = f"score_{settings.score_names[0]}"
    pieces: list[tuple[NDArray[Any], ...]] = []
    for label, paths in ((False, megasets), (True, [*signals.values()])):
        share = _find_share(paths, most)
        for path in paths:
            columns = ["key", *COLUMNS, *model.representation.columns]
            for table in iterate_events(path, columns):
                keys = table.column("key").to_numpy()
                unseen = ~is_seen(keys, model.fold)
                chosen = draw_uniform(keys, "classifier checks") < share
                chosen &= unseen | select_part(keys, "training", validation_fraction)
                kept = table.filter(pa.array(chosen))
                pieces.append(
                    (
                        model.representation.decode(kept).fill(padding=np.nan),
                        np.full(kept.num_rows, label),
                        weights.weigh(kept),
                        ~unseen[chosen],
                        model.run(kept, [output])[output].astype(np.float64),
                    )
                )
    events = CheckedEvents(*map(np.concatenate, zip(*pieces, strict=True)))
    for label in (False, True):
        for trained in (False, True):
            mine = (events.label == label) & (events.trained == trained)
            if not events.weight[mine].sum() > 0:
                raise ValueError(
                    f"{name}: the weights of {'signal' if label else 'background'} events that "
                    f"it was {'' if trained else 'not '}trained on do not add up to more than 0; "
                    "raise studies.classifier_checks.events, or simulate more"
                )
    return events


def _find_share(paths: Sequence[Path], most: int) -> float:
    rows = 0
    for path in paths:
        with open_shard(path) as parquet:
            rows += parquet.metadata.num_rows
    return min(1.0, most / rows) if rows else 1.0
