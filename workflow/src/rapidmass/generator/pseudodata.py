"""Pseudo-data: events of known processes, drawn as if they had been measured."""

import logging
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from rapidmass.generator.ntuple import (
    EVENT_BRANCHES,
    WEIGHT_BRANCHES,
    NtupleWriter,
    read_bookkeeping,
    read_events,
)
from rapidmass.provenance.atomic_files import write_whole

logger = logging.getLogger(__name__)

_LOSS_WARNED: Final = 0.05  # of the expected events
_SHUFFLE: Final = 1  # sets the shuffling's random numbers apart from the drawing's
_COLLECTIONS: Final = ("lep", "jet")


@dataclass(frozen=True, slots=True)
class PseudoDataSource:
    """A file of generated events that pseudo-data are drawn from.

    Parameters
    ----------
    sample
        Name of the sample. Several files of one sample share its cross section.
    path
        The ROOT file.
    cross_section
        Cross section of the sample in pb, with k-factor and filter efficiency.
    """

    sample: str
    path: Path
    cross_section: float


def draw_pseudo_data(
    sources: Sequence[PseudoDataSource],
    *,
    sample: str,
    luminosity: float,
    seed: int,
    output: Path,
    min_signal_leptons: int = 0,
) -> dict[str, Any]:
    """Draw a data set of a given luminosity from generated events.

    Each event enters at most once, with its expected number as probability. An event of which more
    than one is expected enters for sure, and the rest of it is lost: where heavy events are, the
    data have less than they should, but no copies. The result has weights 1, shuffled events, and
    run numbers of data.

    Parameters
    ----------
    sources
        The files to draw from, in any order.
    sample
        Name of the data sample.
    luminosity
        Integrated luminosity in pb^-1.
    seed
        Seed of all random numbers, 0 or more.
    output
        The ROOT file to write.
    min_signal_leptons
        Draw only events with this many identified, isolated leptons or more, as a skim of data
        does: a luminosity at which there are enough events with three of them has more events
        with two than were generated.

    Returns
    -------
    dict
        `events`; `expected`, `drawn` and `lost` (part of what is expected), each by sample; and
        `variance_ratio`, the variance of the number of events over that of a Poisson number with
        the same mean.

    Raises
    ------
    ValueError
        If there are no sources, the luminosity is not positive, a file does not hold its sample,
        or the files of a sample disagree about its cross section.
    """
    if not luminosity > 0:
        raise ValueError(f"data sample {sample}: luminosity {luminosity} must be positive")
    groups = _group_sources(sources, sample)
    drawings = {
        name: _draw_sample(files, luminosity, min_signal_leptons, seed)
        for name, files in groups.items()
    }
    expected = {name: drawing.expected for name, drawing in drawings.items()}
    lost = {name: drawing.lost for name, drawing in drawings.items()}
    _warn_of_loss(sample, sum(lost.values()), sum(expected.values()))
    drawn = {name: drawing.drawn for name, drawing in drawings.items()}
    events = sum(drawn.values())
    parts = [part for drawing in drawings.values() for part in drawing.parts]
    _write_data(parts, events, sample=sample, seed=seed, output=output)
    kept = sum(expected.values()) - sum(lost.values())
    variance = sum(drawing.variance for drawing in drawings.values())
    return {
        "events": events,
        "expected": expected,
        "drawn": drawn,
        "lost": lost,
        "variance_ratio": variance / kept if kept else 1.0,
    }


@dataclass(slots=True)
class _Drawing:
    """What is drawn from a sample: columns of events, and numbers as `draw_pseudo_data` gives."""

    parts: list[dict[str, Any]] = field(default_factory=list)
    expected: float = 0.0
    drawn: int = 0
    lost: float = 0.0
    variance: float = 0.0


def _draw_sample(
    files: Sequence[PseudoDataSource], luminosity: float, min_signal_leptons: int, seed: int
) -> _Drawing:
    drawing = _Drawing()
    name = files[0].sample
    sum_of_weights = sum(read_bookkeeping(file.path)["sumOfWeights"] for file in files)
    scale = files[0].cross_section * luminosity / sum_of_weights
    for number, file in enumerate(files):
        columns = read_events(file.path, name)
        mean = scale * columns["genWeight"] * columns["eventWeight"]
        mean *= count_signal_leptons(columns["lep"]) >= min_signal_leptons
        probability = _cap(mean, file.path)
        rng = np.random.default_rng([seed, zlib.crc32(name.encode()), number])
        rows = np.flatnonzero(rng.random(len(mean)) < probability)
        drawing.parts.append(_take_events(columns, rows))
        drawing.expected += float(mean.sum())
        drawing.drawn += len(rows)
        drawing.lost += float((mean - probability).sum())
        drawing.variance += float(np.sum(probability * (1 - probability)))
    return drawing


def count_signal_leptons(leptons: ak.Array) -> NDArray[np.int64]:
    """Count the identified, isolated leptons from the collision in each event.

    Parameters
    ----------
    leptons
        The lists `lep` of an ntuple.

    Returns
    -------
    ndarray
        Numbers of leptons, shape (events,).
    """
    eta, significance = abs(leptons["Eta"]), abs(leptons["D0Sig"])
    electron = (leptons["Flavor"] == 1) & (eta <= 2.47) & leptons["Tight"] & (significance <= 5)
    muon = (leptons["Flavor"] == 2) & (eta <= 2.7) & leptons["Loose"] & (significance <= 3)
    clean = leptons["PassOR"] & leptons["IsoLoose_VarRad"] & (abs(leptons["Z0SinTheta"]) <= 0.5)
    counts: NDArray[np.int64] = ak.to_numpy(ak.sum(clean & (electron | muon), axis=1))
    return counts.astype(np.int64)


def _group_sources(
    sources: Sequence[PseudoDataSource], sample: str
) -> dict[str, list[PseudoDataSource]]:
    if not sources:
        raise ValueError(f"data sample {sample} has no sources to draw from; name some")
    groups: dict[str, list[PseudoDataSource]] = {}
    for source in sorted(sources, key=lambda source: (source.sample, source.path.as_posix())):
        group = groups.setdefault(source.sample, [])
        if group and group[0].cross_section != source.cross_section:
            raise ValueError(
                f"files of sample {source.sample} have different cross sections: "
                f"{group[0].cross_section:g} pb and {source.cross_section:g} pb"
            )
        group.append(source)
    return groups


def _cap(mean: NDArray[np.float64], path: Path) -> NDArray[np.float64]:
    negative = np.flatnonzero(mean < 0)
    if len(negative):
        raise ValueError(
            f"{path}: entry {negative[0]} has a negative weight; draw pseudo-data from files "
            "without such"
        )
    return np.minimum(mean, 1.0)


def _warn_of_loss(sample: str, lost: float, expected: float) -> None:
    if lost > _LOSS_WARNED * expected:
        logger.warning(
            "%s: %.3g of %.4g expected events are lost, since no event enters twice; lower the "
            "luminosity of the sample, or generate more",
            sample,
            lost,
            expected,
        )


def _take_events(columns: dict[str, Any], rows: NDArray[np.int64]) -> dict[str, Any]:
    return {name: values[rows] for name, values in columns.items()}


def _write_data(
    parts: list[dict[str, Any]], events: int, *, sample: str, seed: int, output: Path
) -> None:
    order = np.random.default_rng([seed, _SHUFFLE]).permutation(events)
    columns: dict[str, Any] = {
        name: np.concatenate([part[name] for part in parts])[order] for name in EVENT_BRANCHES
    }
    for collection in _COLLECTIONS:
        columns[collection] = ak.concatenate([part[collection] for part in parts])[order]
    columns |= {name: np.ones(events) for name in WEIGHT_BRANCHES}
    # data know neither what made them nor a campaign: their run number is the real one
    columns["RunNumber"] = columns["RandomRunNumber"]
    columns["DatasetNumber"] = np.zeros(events, np.int32)
    columns["bornMass"] = np.zeros(events, np.float32)
    columns["EventNumber"] = np.arange(1, events + 1, dtype=np.uint64)
    with write_whole(output) as temporary, NtupleWriter(temporary, sample) as writer:
        writer.add(columns)
        writer.finish(sum_of_weights=float(events), generated=events)
