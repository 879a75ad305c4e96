"""Systematic variations of the configuration, as the ntuple formats define them."""

from snakemake.exceptions import WorkflowError

from rapidmass.config.consistency import Analysis
from rapidmass.ntuples.format.systematics import shift_format


def list_shifts(analysis: Analysis) -> dict[str, str]:
    """List the variations that are asked for.

    Parameters
    ----------
    analysis
        The configuration and its formats. Those that lack a variation keep their nominal events.

    Returns
    -------
    dict
        What is uncertain, by variation.
    """
    names = sorted(set(analysis.config.systematics))
    return {shift: _find_source(analysis, shift) for shift in names}


def _find_source(analysis: Analysis, shift: str) -> str:
    """Find what is uncertain: the same in every format that has the shift, and can apply it."""
    sources = set()
    for name, settings in analysis.formats.items():
        if shift in settings.shifts:
            sources.add(settings.shifts[shift].source or shift)
            try:
                shift_format(settings, shift)
            except ValueError as error:
                raise WorkflowError(f"ntuple format {name}: {error}") from None
    if len(sources) > 1:
        raise WorkflowError(
            f"systematics: the shift {shift} has different sources in the ntuple formats: "
            f"{', '.join(sorted(sources))}; give it one, or shifts different names"
        )
    return sources.pop()
