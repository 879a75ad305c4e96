"""Scored background and one scored signal, as they are and in systematic variations."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from rapidmass.scores.ordered import open_ordered, order_events
from rapidmass.scores.read import (
    ScoredEvents,
    iterate_background,
    iterate_signal,
    read_signal,
)
from rapidmass.search.shift_effects import ShiftedPieces
from rapidmass.search.systematics import OrderedShift


class PairReader(NamedTuple):
    """How the scores of background and signal are read.

    Parameters
    ----------
    signal
        Name of the signal.
    signal_weight
        Factor from the signal's generator weight x scale factors to pb.
    luminosity
        Luminosity of the search in pb^-1.
    scored_share
        Share of the background that has scores: weights are divided by it.
    column
        Which score.
    variables
        Spectra to read.
    """

    signal: str
    signal_weight: float
    luminosity: float
    scored_share: float
    column: str
    variables: Sequence[str]

    @classmethod
    def of_background(
        cls, luminosity: float, scored_share: float, column: str, variables: Sequence[str] = ()
    ) -> "PairReader":
        """Read the background, and signals that are named with `of`.

        Parameters
        ----------
        luminosity, scored_share, column, variables
            As for the class.

        Returns
        -------
        PairReader
            Of no signal yet.
        """
        return cls("", 1.0, luminosity, scored_share, column, variables)

    def of(self, signal: str, weight: float) -> "PairReader":
        """Read another signal in the same way.

        Parameters
        ----------
        signal, weight
            Its name, and the factor from generator weight x scale factors to pb.

        Returns
        -------
        PairReader
            Of that signal.
        """
        return self._replace(signal=signal, signal_weight=weight)

    def _describe(self) -> dict[str, Any]:
        """Tell how both are read."""
        return {
            "luminosity": self.luminosity,
            "column": self.column,
            "variables": self.variables,
        }

    def iterate(self, background: Path | str) -> Iterator[ScoredEvents]:
        """Read the background in pieces, weighted to the luminosity.

        Parameters
        ----------
        background
            File with scores.

        Yields
        ------
        ScoredEvents
            As from `rapidmass.scores.read.iterate_background`.

        Raises
        ------
        ValueError
            If the file lacks a column; the message names both.
        """
        return iterate_background(
            Path(background), scored_share=self.scored_share, **self._describe()
        )

    def read_signal(self, signal: Path | str) -> ScoredEvents:
        """Read the signal, weighted to the luminosity.

        Parameters
        ----------
        signal
            File with scores.

        Returns
        -------
        ScoredEvents
            All its events.

        Raises
        ------
        ValueError
            As from `iterate`.
        """
        return read_signal(Path(signal), self.signal, weight=self.signal_weight, **self._describe())

    def iterate_signal(self, signal: Path | str) -> Iterator[ScoredEvents]:
        """Read the signal in pieces, weighted to the luminosity.

        Parameters
        ----------
        signal
            File with scores.

        Yields
        ------
        ScoredEvents
            As from `rapidmass.scores.read.iterate_signal`.

        Raises
        ------
        ValueError
            As from `iterate`.
        """
        return iterate_signal(
            Path(signal), self.signal, weight=self.signal_weight, **self._describe()
        )

    @contextmanager
    def open(
        self, background: Path | str, signal: Path | str, folder: Path
    ) -> Iterator[tuple[Sequence[ScoredEvents], ScoredEvents]]:
        """Read both, with the background in pieces in the order of its scores.

        Parameters
        ----------
        background, signal
            Files with scores.
        folder
            Where pieces are kept meanwhile.

        Yields
        ------
        sequence of ScoredEvents, ScoredEvents
            As `rapidmass.search.scan.scan_cuts` takes them.

        Raises
        ------
        ValueError
            As from `iterate`.
        """
        with open_ordered(partial(self.iterate, background), folder) as pieces:
            yield pieces, self.read_signal(signal)

    @contextmanager
    def open_exact(self, background: Path | str, folder: Path) -> Iterator[Sequence[ScoredEvents]]:
        """Read the background in pieces in the order of its scores, of which equal ones stay equal.

        Parameters
        ----------
        background, folder
            As for `open`.

        Yields
        ------
        sequence of ScoredEvents
            As from `rapidmass.scores.ordered.open_ordered`.

        Raises
        ------
        ValueError
            As from `iterate`.
        """

        def iterate() -> Iterator[ScoredEvents]:
            return (events.keep_ties() for events in self.iterate(background))

        with open_ordered(iterate, folder) as pieces:
            yield pieces

    def order_exactly(self, signal: Path | str) -> Sequence[ScoredEvents]:
        """Read the signal in the order of its scores, of which equal ones stay equal.

        Parameters
        ----------
        signal
            File with scores.

        Returns
        -------
        sequence of ScoredEvents
            One piece.

        Raises
        ------
        ValueError
            As from `iterate`.
        """
        return order_events(self.read_signal(signal).keep_ties())

    def list_shifts(
        self, sources: Mapping[str, str], backgrounds: Sequence[str], signals: Sequence[str]
    ) -> list[ShiftedPieces]:
        """List systematic variations, which are read when they are asked for.

        Parameters
        ----------
        sources
            What is uncertain, by variation.
        backgrounds, signals
            A file of each variation.

        Returns
        -------
        list of ShiftedPieces
            Events of each variation.

        Raises
        ------
        ValueError
            If there are not as many files as variations.
        """
        files = zip(sources.items(), backgrounds, signals, strict=True)
        return [
            ShiftedPieces(
                name, source, partial(self.iterate, background), partial(self._list_signal, signal)
            )
            for (name, source), background, signal in files
        ]

    def _list_signal(self, signal: str) -> list[ScoredEvents]:
        return [self.read_signal(signal)]

    def open_shifts(
        self,
        sources: Mapping[str, str],
        backgrounds: Sequence[str],
        signals: Sequence[str],
        folder: Path,
    ) -> Iterator[OrderedShift]:
        """Read systematic variations one at a time, as `open` does.

        Parameters
        ----------
        sources, backgrounds, signals
            As for `list_shifts`.
        folder
            Where pieces are kept meanwhile.

        Yields
        ------
        OrderedShift
            Events of one variation; they are gone when the next one comes.

        Raises
        ------
        ValueError
            As from `iterate` and `list_shifts`.
        """
        files = zip(sources.items(), backgrounds, signals, strict=True)
        for (name, source), background, signal in files:
            with self.open(background, signal, folder) as pair:
                yield OrderedShift(name, source, *pair)
