"""Simulated events of background and signals, with the scores and features that tests look at."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.scores.alike import check_same_keys
from rapidmass.scores.read import ScoredEvents, iterate_background, iterate_signal, join_events
from rapidmass.scores.tables import iterate_tables
from rapidmass.search.feature_columns import find_features, stack_features
from rapidmass.search.pseudo_experiments import make_positive
from rapidmass.search.thinning import Rows, draw_rows, find_rows
from rapidmass.search.weight_changes import Varied, learn_sources, make_sources

Array = NDArray[np.float64]
MET = "met"


@dataclass(frozen=True)
class Stated:
    """What is stated of the simulation.

    Parameters
    ----------
    luminosity
        Of data, in pb^-1.
    scored_share
        Share of the background that has scores.
    whole, single
        Relative uncertainties of all simulation by name, and of channels by channel.
    """

    luminosity: float
    scored_share: float
    whole: Mapping[str, float]
    single: Mapping[str, float]


@dataclass(frozen=True)
class SampleFiles:
    """Files of scores of one sample: one file a network or baseline, all of the same events.

    Parameters
    ----------
    paths
        By network or baseline.
    scorers
        Network or baseline, and column, of each score by name.
    """

    paths: Mapping[str, Path]
    scorers: Mapping[str, tuple[str, str]]

    @property
    def featured(self) -> Path:
        """The file that features are read from: the first one."""
        return next(iter(self.paths.values()))


@dataclass(frozen=True)
class Sample:
    """Simulated events of background or of one signal.

    Parameters
    ----------
    key, channel
        Shape (events,): who each event is, and names of channels.
    weight
        Shape (events,): expected events of data; not negative.
    features
        Shape (events, features): NaN where an event has none.
    scores
        By name, each of shape (events,).
    variables
        Event variables by name, each of shape (events,).
    """

    key: NDArray[np.uint64]
    channel: NDArray[np.str_]
    weight: Array
    features: Array
    scores: Mapping[str, NDArray[np.floating]]
    variables: Mapping[str, NDArray[np.float32]]

    def take(self, rows: NDArray[np.intp]) -> "Sample":
        """Take some rows, each as often as it is named."""
        return Sample(
            self.key[rows],
            self.channel[rows],
            self.weight[rows],
            self.features[rows],
            {name: score[rows] for name, score in self.scores.items()},
            {name: values[rows] for name, values in self.variables.items()},
        )

    def show(self, scorer: str) -> ScoredEvents:
        """Show the events with one score."""
        return ScoredEvents(
            self.key, self.channel, self.scores[scorer], self.weight, self.variables
        )


@dataclass(frozen=True)
class Simulation:
    """What pseudo-data are drawn from.

    Parameters
    ----------
    background
        Simulation that data are compared with.
    signals
        By name, at the cross sections of the sample sheet.
    sources
        What is uncertain of the weights of background and then signals, as
        `rapidmass.search.pseudo_experiments.Expected` takes it, by name.
    """

    background: Sample
    signals: Mapping[str, Sample]
    sources: Mapping[str, Array]


@dataclass(frozen=True)
class SimulationFiles:
    """All files of a simulation.

    Parameters
    ----------
    background
        Scores of the background.
    signals
        Scores of each signal by name, with the factor from generator weight x scale factors to pb.
    shifted
        Scores of the background in each systematic variation, with what is uncertain there.
    features
        Columns that are compared; none: see `rapidmass.search.feature_columns.find_features`.
    variables
        Event variables that are read beside them.
    """

    background: SampleFiles
    signals: Mapping[str, tuple[SampleFiles, float]]
    shifted: Sequence[tuple[Path, str]]
    features: Sequence[str] = ()
    variables: Sequence[str] = (MET,)

    def list_features(self) -> list[str]:
        """List the columns that are features, in all files."""
        samples = [self.background, *(files for files, _ in self.signals.values())]
        paths = [files.featured for files in samples]
        return find_features([*paths, *(path for path, _ in self.shifted)], self.features)

    def read(self, stated: Stated, most: int, rng: np.random.Generator) -> Simulation:
        """Read events, and learn what variations change of them.

        Parameters
        ----------
        stated
            Luminosity and uncertainties.
        most
            Most events of the background, of each of its variations and of each signal: of more,
            some are drawn.
        rng
            What that follows from.

        Returns
        -------
        Simulation
            Systematic variations change no signal.

        Raises
        ------
        ValueError
            If files hold other events, or nothing is expected.
        """
        names = self.list_features()
        background = self._read_background(names, stated, most, rng)
        signals = {name: self._read_signal(names, stated, name, most, rng) for name in self.signals}
        channel = np.concatenate([s.channel for s in (background, *signals.values())])
        learnt = learn_sources(
            background.features,
            background.weight,
            (_read_varied(path, names, source, most, rng) for path, source in self.shifted),
            rng=rng,
        )
        more = len(channel) - len(background.weight)
        sources = make_sources(channel, stated.whole, stated.single)
        sources |= {name: np.pad(change, ((0, 0), (0, more))) for name, change in learnt.items()}
        return Simulation(background, signals, sources)

    def _read_background(
        self, names: Sequence[str], stated: Stated, most: int, rng: np.random.Generator
    ) -> Sample:
        def iterate(path: Path, column: str) -> Iterator[ScoredEvents]:
            return iterate_background(
                path,
                luminosity=stated.luminosity,
                scored_share=stated.scored_share,
                column=column,
                variables=self.variables,
            )

        return _collect(self.background, names, iterate, most, rng)

    def _read_signal(
        self, names: Sequence[str], stated: Stated, name: str, most: int, rng: np.random.Generator
    ) -> Sample:
        files, weight = self.signals[name]

        def iterate(path: Path, column: str) -> Iterator[ScoredEvents]:
            return iterate_signal(
                path,
                name,
                weight=weight,
                luminosity=stated.luminosity,
                column=column,
                variables=self.variables,
            )

        return _collect(files, names, iterate, most, rng)


def _read_varied(
    path: Path, names: Sequence[str], source: str, most: int, rng: np.random.Generator
) -> Varied:
    rows, total, taken = draw_rows(pq.read_metadata(path).num_rows, most, rng), 0.0, []
    for table, here in _iterate_rows(path, ["weight", *names], rows):
        total += float(table["weight"].to_numpy().sum())
        taken.append(table.take(pa.array(here)))
    joined = pa.concat_tables(taken)
    weight = make_positive(joined["weight"].to_numpy(), total)
    return Varied(source, stack_features(joined, names), weight)


def _iterate_rows(
    path: Path, columns: Sequence[str], rows: Rows
) -> Iterator[tuple[pa.Table, Rows]]:
    """Read a file in pieces, with the places of the drawn rows in each."""
    first = 0
    for table in iterate_tables(path, [*dict.fromkeys(columns)]):
        yield table, find_rows(rows, first, table.num_rows)
        first += table.num_rows


def _collect(
    files: SampleFiles,
    names: Sequence[str],
    iterate: Callable[[Path, str], Iterator[ScoredEvents]],
    most: int,
    rng: np.random.Generator,
) -> Sample:
    """Collect events with all of their scores; of more than `most`, some are drawn."""
    path = files.featured
    check_same_keys([*(files.paths[model] for model, _ in files.scorers.values()), path])
    rows = draw_rows(pq.read_metadata(path).num_rows, most, rng)
    found = {
        name: _take(iterate(files.paths[model], column), rows)
        for name, (model, column) in files.scorers.items()
    }
    parts = [table.take(pa.array(here)) for table, here in _iterate_rows(path, names, rows)]
    first, total = next(iter(found.values()))
    return Sample(
        first.key,
        first.channel,
        make_positive(first.weight, total),
        stack_features(pa.concat_tables(parts), names),
        {name: events.break_ties().score for name, (events, _) in found.items()},
        first.variables,
    )


def _take(parts: Iterable[ScoredEvents], rows: Rows) -> tuple[ScoredEvents, float]:
    """Take the drawn events, and sum the weights of all."""
    first, total, taken = 0, 0.0, []
    for events in parts:
        total += float(events.weight.sum())
        taken.append(events.select(find_rows(rows, first, len(events.key))))
        first += len(events.key)
    return join_events(taken), total
