"""Whether parts of the configuration fit each other: rows of the sheet, formats, cuts."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.expressions import Expression
from rapidmass.config.inputs.constants import list_constants
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.samples import Sample
from rapidmass.config.representations.table import TableSettings
from rapidmass.config.root import Config
from rapidmass.config.search.selection import Selection

EVENT_VARIABLES = (
    "trigger", "met", "n_lep", "pt_lep1", "pt_lep2", "pt_lep3", "m_ll", "m_lll",
)  # fmt: skip
MOST_FILES = 20_000  # that are generated of one sample


def check_known(name: str, known: Iterable[object], what: str) -> None:
    """Check that a name is one of those that are known.

    Parameters
    ----------
    name
        The name.
    known
        All that there are.
    what
        What the name is of, and where it stands, for the error.

    Raises
    ------
    ValueError
        If it is not; the message has the nearest one.
    """
    names = sorted(str(key) for key in known)
    if name not in names:
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names) or 'none'}"
        raise ValueError(f"{what} {name!r} does not exist; {hint}")


def check_plots(config: Config, samples: Iterable[Sample]) -> None:
    """Check that colours and labels are of channels, samples and scores that there are.

    Parameters
    ----------
    config
        The configuration file.
    samples
        Rows of the sample sheet.

    Raises
    ------
    ValueError
        If a name does not exist.
    """
    rows = list(samples)
    channels = {name for selection in config.selections.values() for name in selection.channels}
    channels |= {row.channel for row in rows if row.role == "background"}
    named = {*channels, *(row.sample for row in rows), *config.architectures, *config.baselines}
    for name in config.plots.channel_colours:
        check_known(name, channels, "plots.channel_colours: channel")
    for name in config.plots.channel_labels:
        check_known(name, named, "plots.channel_labels: channel, sample or score")


def check_generation(config: Config, samples: Iterable[Sample]) -> None:
    """Check that no sample is generated in more files than a folder should have.

    Parameters
    ----------
    config
        The configuration file.
    samples
        Rows of the sample sheet.

    Raises
    ------
    ValueError
        If one is; the message says what to change.
    """
    settings = config.generator
    for sample in samples:
        files = (sample.events or 0) * settings.scale / settings.events_per_file
        if files > MOST_FILES:
            raise ValueError(
                f"sample {sample.sample} would be made in {files:.3g} files: lower its events "
                "or generator.scale, or enlarge generator.events_per_file"
            )


def check_row(sample: Sample, settings: NtupleFormat) -> None:
    """Check that a row of the sheet asks for nothing that its ntuple format does not say.

    Parameters
    ----------
    sample
        The row.
    settings
        Its format.

    Raises
    ------
    ValueError
        If numbers are to come from files, or sections are certified, without expressions for them.
    """
    try:
        list_constants(sample, settings.in_file)
    except ValueError as error:
        raise ValueError(f"sample {sample.sample} of the format {sample.format}: {error}") from None
    identity = settings.identity
    if sample.certified is not None and (identity is None or identity.section is None):
        raise ValueError(
            f"sample {sample.sample} has certified sections, and the ntuple format "
            f"{sample.format} does not say in 'identity.section' which branch has the "
            "section of an event"
        )


def check_cuts(where: str, selection: Selection, settings: NtupleFormat) -> None:
    """Check that cuts are conditions on event variables that there are.

    Parameters
    ----------
    where
        What to call the selection in an error.
    selection
        The selection.
    settings
        A format whose events go through it.

    Raises
    ------
    ValueError
        If a name does not exist, or a cut is no condition.
    """
    known = {*EVENT_VARIABLES, *(f"n_{kind}" for kind in settings.objects)}
    for cut in selection.cuts:
        for variable in sorted(Expression(cut.require).names):
            check_known(variable, known, f"{where}, cut {cut.name!r}: name")
        try:
            Expression(cut.require).select(_invent_event(known))
        except ValueError as error:
            raise ValueError(f"{where}, cut {cut.name!r}: {error}") from None


def check_features(where: str, table: TableSettings, settings: NtupleFormat) -> None:
    """Check that features can be computed from event variables that there are.

    Parameters
    ----------
    where
        What to call the representation in an error.
    table
        Its features.
    settings
        A format whose events are shown.

    Raises
    ------
    ValueError
        If a name does not exist, or a feature cannot be computed.
    """
    known = {*EVENT_VARIABLES, *(f"n_{kind}" for kind in settings.objects)}
    for name, text in table.features.items():
        for variable in sorted(Expression(text).names):
            check_known(variable, known, f"{where}, feature {name!r}: name")
        try:
            Expression(text).evaluate(_invent_event(known))
        except ValueError as error:
            raise ValueError(f"{where}, feature {name!r}: {error}") from None


def _invent_event(variables: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Give each event variable a value of its type, for one event: with it, a cut can be tried."""
    whole = (name for name in variables if name.startswith("n_"))
    return {
        **{name: np.ones(1) for name in variables},
        **{name: np.ones(1, dtype=np.int64) for name in whole},
        "trigger": np.ones(1, dtype=np.bool_),
    }
