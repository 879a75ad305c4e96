"""A row of the sample sheet tried on one of its files: how the file would normalise its events."""

from collections.abc import Iterator
from typing import NamedTuple

from rapidmass.config.inputs.constants import add_bookkeeping
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.samples import Sample
from rapidmass.ntuples.access.sources import Source
from rapidmass.ntuples.normalisation.sample_weights import Normalisation, normalise_sample


class RowTrial(NamedTuple):
    """What a row of the sheet and a file give together.

    Parameters
    ----------
    sample
        Name of the sample.
    found
        As the file alone would normalise the sample; None if it cannot.
    problem
        Why it cannot; None if it can.
    """

    sample: str
    found: Normalisation | None
    problem: str | None

    def describe(self) -> Iterator[tuple[str, str, str]]:
        """Describe each number for people: what it is, how large, and where it is from."""
        if self.found is None:
            return
        origins = self.found.origins
        if not origins:
            yield "weight of an event", "1", "data"
            return
        yield "cross section", f"{self.found.cross_section:.6g} pb", origins["cross_section"]
        yield "sum of weights", f"{self.found.sum_of_weights:.6g}", origins["sum_of_weights"]


def try_row(row: Sample, source: Source, settings: NtupleFormat) -> RowTrial:
    """Compute the weight of events of a file as the analysis does for all files of the sample.

    Parameters
    ----------
    row
        The row of the sample sheet.
    source
        One of its files.
    settings
        Its ntuple format.

    Returns
    -------
    RowTrial
        What was found.
    """
    try:
        found = normalise_sample(
            row.sample,
            row,
            sources={source.name: source},
            settings=add_bookkeeping(row, settings),
            luminosity_share=1.0,
        )
    except ValueError as error:
        return RowTrial(row.sample, None, str(error))
    return RowTrial(row.sample, found, None)
