"""Whether parts of the configuration fit each other: rows of the sheet, formats, cuts."""

from collections.abc import Iterable

from rapidmass.columnar.event_variables import MISSING, OF_OBJECTS, suggest
from rapidmass.config.inputs.constants import list_constants
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.samples import Sample
from rapidmass.config.inputs.variables import VariableCheck, join_variables
from rapidmass.config.representations.objects import ObjectsSettings, ObjectType
from rapidmass.config.representations.sequence import SequenceSettings
from rapidmass.config.representations.table import TableSettings
from rapidmass.config.root import AnyRepresentation, Config
from rapidmass.config.search.selection import Selection
from rapidmass.config.search.variables import list_columns, list_used

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
        raise ValueError(f"{what} {name!r} does not exist; {suggest(name, names)}")


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
        If one is, or a sample with a scale of its own is not in the sheet; the message says what to
        change.
    """
    settings, rows = config.generator, {sample.sample: sample for sample in samples}
    for name in settings.sample_scales:
        check_known(name, rows, "generator.sample_scales: sample")
    for sample in rows.values():
        scale = settings.find_scale(sample.sample)
        files = (sample.events or 0) * scale / settings.events_per_file
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


def check_cuts(where: str, selection: Selection, settings: NtupleFormat) -> VariableCheck:
    """Check that variables can be computed, and that cuts are conditions on those that there are.

    Parameters
    ----------
    where
        What to call the selection in an error.
    selection
        The selection.
    settings
        A format whose events go through it.

    Returns
    -------
    VariableCheck
        For further uses of the variables.

    Raises
    ------
    ValueError
        If a name does not exist, a variable cannot be computed, or a cut is no condition.
    """
    try:
        check = VariableCheck(settings, join_variables(settings, selection.variables))
        check.check_definitions()
    except ValueError as error:
        raise ValueError(f"{where}, {error}") from None
    for cut in selection.cuts:
        check.check_condition(f"{where}, cut {cut.name!r}", cut.require)
    return check


def check_columns(where: str, config: Config, selection: str, check: VariableCheck) -> None:
    """Check that what tables of events hold of a selection can be computed, one number an event.

    Parameters
    ----------
    where
        What to call selection and format in an error.
    config
        The configuration file.
    selection
        Name of the selection.
    check
        Of the format, with the variables of the selection.

    Raises
    ------
    ValueError
        If a name does not exist, a variable or a feature cannot be computed, or a variable has the
        name of another column.
    """
    for used in list_columns(config, selection):
        what = f"{where}: variable of a spectrum, baseline or fit"
        check.check_number(what, used)
        if any(used.removeprefix("n_") in config.show(n).objects for n in config.list_matrices()):
            raise ValueError(
                f"{what}: tables of events count the objects in the slots of the matrix as {used}: "
                f"define a variable with another name, {used[2:]}s: {used}"
            )
    for name, shown in config.representations.items():
        _check_features(f"{where}: representations.{name}", shown, check)
    if not config.objects:
        cuts = (cut.require for cut in config.selections[selection].cuts)
        features = (
            text for name in config.representations for text in config.show(name).expressions
        )
        sums = check.find_used([*list_used(config, selection), *cuts, *features]) & {*OF_OBJECTS}
        if sums:
            raise ValueError(
                f"{where}: {' and '.join(sorted(sums))} are over the objects of the "
                "representations, and these have none: add a matrix, or a feature that counts "
                "objects, as in n_jet"
            )


def _check_features(where: str, shown: AnyRepresentation, check: VariableCheck) -> None:
    """Check that objects exist, and that features are a number an event, or an object."""
    if isinstance(shown, TableSettings):
        for name, text in shown.features.items():
            check.check_number(f"{where}, feature {name!r}", text)
    if isinstance(shown, SequenceSettings):
        check_known(shown.object, check.objects, f"{where}.object: object of the format")
        order = () if shown.order.by is None else (shown.order.by,)
        for text in (*shown.features.values(), *order):
            check.check_members(f"{where}, {text!r}", text, shown.object)
    if isinstance(shown, ObjectsSettings):
        for one in shown.types:
            _check_type(f"{where}, {one.object}", one, check)


def _check_type(where: str, shown: ObjectType, check: VariableCheck) -> None:
    if shown.object != MISSING:
        check_known(shown.object, check.objects, f"{where}: object of the format")
    for name, text in shown.features.items():
        what = f"{where}, feature {name!r}"
        if shown.object == MISSING:
            check.check_number(what, text)
        else:
            check.check_members(what, text, shown.object)
