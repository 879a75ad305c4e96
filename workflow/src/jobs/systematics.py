"""Systematic variations: simulation with other momenta or weights, scored by the same models."""

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.inputs import BACKGROUND, list_parts_of_job, name_scores
from jobs.paths import fill
from jobs.settings import describe_shard
from jobs.variants import list_combinations
from rapidmass.ntuples.format.systematics import shift_requirement


def describe_shifted_shard(context: Context, wildcards: Wildcards) -> Settings:
    """Describe a shard in a variation."""
    settings = describe_shard(context, wildcards)
    form, nominal = settings["shard.format"]
    row, require = settings["shard.require"]
    sample = context.samples[wildcards.sample]
    shifts = context.analysis.formats[sample.format].shifts
    shifted, require = shift_requirement(
        nominal.model_copy(update={"shifts": shifts}), wildcards.shift, require
    )
    return {**settings, "shard.format": (form, shifted), "shard.require": (row, require)}


def _list_shifted_shards(context: Context, wildcards: Wildcards, samples: list[str]) -> list[str]:
    """List shards of samples in a variation; nominal ones where the format does not know it."""
    found, shift = [], wildcards.shift
    for sample in samples:
        pattern = paths.SHIFTED_SHARD if context.knows_shift(sample, shift) else paths.SHARD
        found += list_parts_of_job(context, pattern, wildcards, [sample], shift=shift)
    return found


def list_shifted_background(context: Context, wildcards: Wildcards) -> list[str]:
    """List the shards of the background in a variation."""
    samples = context.list_selected(wildcards.selection, BACKGROUND)
    return _list_shifted_shards(context, wildcards, samples)


def list_shifted_events(context: Context, wildcards: Wildcards) -> list[str]:
    """List the files with the events of a dataset in a variation."""
    if wildcards.dataset == "background":
        shown = context.find_representation(wildcards)
        return [_name_shifted_test(wildcards.selection, shown, wildcards.shift)]
    return _list_shifted_shards(context, wildcards, [wildcards.dataset])


def _name_shifted_test(selection: str, representation: str, shift: str) -> str:
    values = {"representation": representation, "shift": shift}
    return fill(paths.SHIFTED_TEST, selection=selection, **values)


def list_shifted_scores(context: Context, wildcards: Wildcards, dataset: str) -> list[str]:
    """List a score of a dataset in each variation; the nominal one where nothing in it changes."""
    model = context.scorers[wildcards.scorer].model
    return _list_scores(context, wildcards.selection, model, dataset)


def list_shifted_scores_of_signal(context: Context, wildcards: Wildcards) -> list[str]:
    """List a score of the signal of a job in each variation."""
    return list_shifted_scores(context, wildcards, wildcards.signal)


def list_shifted_scores_of_network(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scores of a network on the background in each variation."""
    return _list_scores(context, wildcards.selection, wildcards.architecture, "background")


def _list_scores(context: Context, selection: str, model: str, dataset: str) -> list[str]:
    is_background = dataset == "background"
    samples = context.list_selected(selection, BACKGROUND) if is_background else [dataset]
    return [
        (
            _name_shifted(selection, shift, model, dataset)
            if any(context.knows_shift(sample, shift) for sample in samples)
            else name_scores(selection, model, dataset)
        )
        for shift in context.shifted[selection]
    ]


def _name_shifted(selection: str, shift: str, model: str, dataset: str) -> str:
    values = {"shift": shift, "model": model, "dataset": dataset}
    return fill(paths.SHIFTED_SCORES, selection=selection, **values)


def list_shifted_combined(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scores of a dataset in a variation that a combination is made of."""
    return [
        _name_shifted(wildcards.selection, wildcards.shift, name, wildcards.dataset)
        for name in list_combinations(context.config)[wildcards.baseline].read
    ]


def get_background_shifts(context: Context, selection: str) -> tuple[str, dict[str, str]]:
    """Get the source of each variation that changes a background of a selection."""
    samples = set(context.list_selected(selection, BACKGROUND))
    shifted = context.shifted[selection].items()
    changing = {shift: context.shifts[shift] for shift, names in shifted if samples & set(names)}
    return "systematics", changing


def list_shifted_backgrounds(context: Context, selection: str, model: str) -> list[str]:
    """List the scores of the background in each of these."""
    _, shifts = get_background_shifts(context, selection)
    return [_name_shifted(selection, shift, model, "background") for shift in shifts]


def list_shifted_tests(context: Context, selection: str, representation: str) -> list[str]:
    """List the test set in each of these."""
    _, shifts = get_background_shifts(context, selection)
    return [_name_shifted_test(selection, representation, shift) for shift in shifts]
