"""What taggers see in images: means of classes, first filters, and the jets of extreme scores."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.models.export.onnx_file import read_filters
from rapidmass.models.export.onnx_model import Model
from rapidmass.representations.base import Representation
from rapidmass.representations.image.representation import JetImage
from rapidmass.scores.read import ScoredEvents
from rapidmass.storage.key_index import KeyIndex
from rapidmass.storage.parquet import iterate_events

Images = NDArray[np.float32]


@dataclass
class _Class:
    """Jets of a class, as far as they are read: their sum, and those that are shown."""

    shown: Mapping[int, tuple[str, int]]
    total: NDArray[np.float64]
    weight: float = 0.0
    jets: int = 0
    pictures: dict[int, Images] = field(default_factory=dict)

    def add(self, keys: NDArray[np.uint64], images: Images, weights: NDArray[np.float64]) -> None:
        self.total += weights @ images
        self.weight += float(weights.sum())
        self.jets += len(keys)
        for row, key in enumerate(keys.tolist()):
            if key in self.shown:
                self.pictures[key] = images[row].copy()


def measure_tagger_images(
    model: Path,
    background: tuple[ScoredEvents, Sequence[Path]],
    signals: Mapping[str, tuple[ScoredEvents, Sequence[Path]]],
    shown: int,
) -> dict[str, Any]:
    """Measure what a tagger sees in images of jets.

    Parameters
    ----------
    model
        An exported network that sees images.
    background
        Its scores of all channels, and the files with these jets.
    signals
        By name, its scores of a signal, and the files with these jets.
    shown
        How many jets of the largest and of the smallest scores of each class.

    Returns
    -------
    dict
        In JSON types: `channels`, `pixels`, `width` and `intensity` of the images; `filters` of the
        first convolution, (filters, channels, rows, columns), None if the network has none;
        `classes`, by name `kind`, number of `jets`, `mean` image, weighted, and `largest` and
        `smallest`, each of them with `score` and `image`. Images are (channels, rows, columns).

    Raises
    ------
    ValueError
        If the network sees no images, or a file lacks a jet that has a score.
    """
    representation = Model(model, threads=1).representation
    if not isinstance(representation, JetImage):
        raise ValueError(f"{model} sees no images; show others with another study")
    layout = representation.layout
    classes = _sum_classes(*background, representation, shown, "background")
    for name, (events, files) in signals.items():
        of_signal = ScoredEvents(**{**vars(events), "channel": np.full(len(events.key), name)})
        classes |= _sum_classes(of_signal, files, representation, shown, "signal")
    return {
        "channels": list(layout.channels),
        "pixels": layout.pixels,
        "width": layout.width,
        "intensity": layout.intensity,
        "filters": read_filters(model),
        "classes": classes,
    }


def _sum_classes(
    events: ScoredEvents,
    files: Sequence[Path],
    representation: JetImage,
    number: int,
    kind: str,
) -> dict[str, Any]:
    names = [str(name) for name in np.unique(events.channel)]
    size = len(representation.element_names)
    found = {
        name: _Class(_choose(events.select(events.channel == name), number), np.zeros(size))
        for name in names
    }
    for rows, images in _read_images(events, files, representation):
        for name in names:
            own = events.channel[rows] == name
            chosen = rows[own]
            found[name].add(events.key[chosen], images[own], events.weight[chosen])
    read = sum(one.jets for one in found.values())
    if read != len(events.key):
        raise ValueError(
            f"{files[0]} and those beside it hold {read} of {len(events.key)} jets that have "
            f"scores ({kind}): score them anew"
        )
    shown = np.array([key for one in found.values() for key in one.shown], np.uint64)
    few = events.select(np.isin(events.key, shown))
    scores = dict(zip(few.key.tolist(), few.score.tolist(), strict=True))
    shape = representation.shape
    return {name: {"kind": kind, **_describe(one, scores, shape)} for name, one in found.items()}


def _choose(events: ScoredEvents, shown: int) -> dict[int, tuple[str, int]]:
    """Choose jets by their scores: kind and rank by key. Of a jet in both, the largest counts."""
    order = np.lexsort((events.key, events.score))
    keys = events.key[order].tolist()
    smallest = {key: ("smallest", rank) for rank, key in enumerate(keys[:shown])}
    largest = {key: ("largest", rank) for rank, key in enumerate(keys[::-1][:shown])}
    return smallest | largest


def _read_images(
    events: ScoredEvents, files: Sequence[Path], representation: Representation
) -> Iterator[tuple[NDArray[np.int64], Images]]:
    """Read jets that have scores, in blocks: which ones they are, and their images."""
    index = KeyIndex(events.key)
    for path in files:
        for table in iterate_events(path):
            places = index.find(table["key"].to_numpy())
            scored = np.flatnonzero(places >= 0)
            encoded = representation.decode(table.take(scored).combine_chunks())
            for block, some in encoded.iterate_blocks():
                yield places[scored[block]], some.fill()


def _describe(one: _Class, scores: Mapping[int, float], shape: tuple[int, ...]) -> dict[str, Any]:
    mean = one.total / one.weight if one.weight > 0 else np.zeros_like(one.total)
    ranked: dict[str, list[dict[str, Any]]] = {"largest": [], "smallest": []}
    for key, (kind, _) in sorted(one.shown.items(), key=lambda item: item[1]):
        image = one.pictures[key].reshape(shape)
        ranked[kind].append({"score": scores[key], "image": image.tolist()})
    return {"jets": one.jets, "mean": mean.reshape(shape).tolist(), **ranked}
