"""Scored background and one scored signal, as they are and in systematic variations."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rapidmass.scores.read import ScoredEvents, read_background, read_signal
from rapidmass.search.systematics import ShiftedEvents


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

    def read(self, background: Path | str, signal: Path | str) -> tuple[ScoredEvents, ScoredEvents]:
        """Read background and signal.

        Parameters
        ----------
        background, signal
            Files with scores.

        Returns
        -------
        tuple of ScoredEvents
            Background and signal, weighted to the luminosity.

        Raises
        ------
        ValueError
            If a file lacks a column; the message names both.
        """
        luminosity, column, variables = self.luminosity, self.column, self.variables
        return (
            read_background(
                Path(background),
                luminosity=luminosity,
                scored_share=self.scored_share,
                column=column,
                variables=variables,
            ),
            read_signal(
                Path(signal),
                self.signal,
                weight=self.signal_weight,
                luminosity=luminosity,
                column=column,
                variables=variables,
            ),
        )

    def read_shifts(
        self, sources: Mapping[str, str], backgrounds: Sequence[str], signals: Sequence[str]
    ) -> Iterator[ShiftedEvents]:
        """Read systematic variations, one at a time.

        Parameters
        ----------
        sources
            What is uncertain, by variation.
        backgrounds, signals
            A file of each variation.

        Yields
        ------
        ShiftedEvents
            Events of one variation.

        Raises
        ------
        ValueError
            If a file lacks a column, or there are not as many files as variations.
        """
        for (name, source), *pair in zip(sources.items(), backgrounds, signals, strict=True):
            yield ShiftedEvents(name, source, *self.read(*pair))
