"""Which event variables the tables of a selection hold, and how these are defined."""

from rapidmass.columnar.event_variables import VARIABLES, order_definitions
from rapidmass.columnar.expressions import Expression
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.variables import join_variables
from rapidmass.config.models.baseline import Variable
from rapidmass.config.root import Config


def list_columns(config: Config, selection: str) -> list[str]:
    """List the event variables that something uses beside those that every table holds.

    Parameters
    ----------
    config
        The configuration file.
    selection
        Name of the selection.

    Returns
    -------
    list of str
        Those of `list_used` that are not in every table, sorted.
    """
    return sorted(list_used(config, selection) - set(VARIABLES))


def list_used(config: Config, selection: str) -> set[str]:
    """List the event variables of spectra, baselines, and what studies ask for."""
    used = {*config.selections[selection].spectra}
    used |= {one.variable for one in config.baselines.values() if isinstance(one, Variable)}
    fits = config.studies.fits
    if fits.enabled and selection in fits.list_selections(config):
        used |= {*fits.variables}
    taggers = config.studies.taggers
    if taggers.enabled and selection in taggers.list_selections(config):
        used |= {taggers.variable}
    counts = {f"n_{name}" for name in config.objects}  # which every table of events holds
    counting, checks = config.studies.cut_and_count, config.studies.classifier_checks
    for study in (counting, checks):
        if study.enabled and selection in study.list_selections(config):
            used |= {*study.variables}
    comparison = config.studies.data_comparison
    if comparison.enabled and selection in comparison.list_selections(config):
        used |= comparison.list_used() - counts
    test = config.studies.two_sample
    calibration = config.studies.calibration
    if calibration.enabled and selection in calibration.list_selections(config):
        used |= {*fits.variables, calibration.variable}
    hunt = config.studies.bump_hunt
    if hunt.enabled and selection in hunt.list_selections(config):
        used |= {hunt.mass} - counts
        used |= (set(Expression(hunt.where).names) if hunt.where else set()) - counts
    users = (test, config.studies.blind_test, calibration)
    if any(one.enabled and selection in one.list_selections(config) for one in users):
        used |= {v for v in test.variables if not v.startswith("score")} - counts
    return used - {"score"}


def keep_variables(
    config: Config, selection: str, settings: NtupleFormat, representation: str
) -> dict[str, str]:
    """Keep the definitions that a table of events needs: an edit of another one changes none.

    Parameters
    ----------
    config
        The configuration file.
    selection
        Name of the selection.
    settings
        The ntuple format.
    representation
        Name of the representation that the table holds.

    Returns
    -------
    dict
        Expressions by name.
    """
    chosen = config.selections[selection]
    joined = join_variables(settings, chosen.variables)
    texts = [
        *(cut.require for cut in chosen.cuts),
        *list_columns(config, selection),
        *config.show(representation).expressions,
    ]
    wanted = sorted({name for text in texts for name in Expression(text).names})
    return {name: one.text for name, one in sorted(order_definitions(joined, wanted).items())}
