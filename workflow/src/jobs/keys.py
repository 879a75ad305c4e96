"""Keys of the configuration that several jobs read: dotted path, and value."""

from typing import Any

from jobs.context import Context, Settings
from rapidmass.datasets.folds import Fold


def get_seed(context: Context) -> tuple[str, int]:
    """Get what everything random follows from."""
    return "seed", context.config.seed


def get_luminosity(context: Context) -> tuple[str, float]:
    """Get the luminosity of all campaigns."""
    return "campaigns.*.luminosity", context.config.luminosity


def _place_split(context: Context) -> str:
    return "split.test_fraction" if context.config.split.folds is None else "split.folds"


def get_scored_share(context: Context) -> tuple[str, float]:
    """Get the share of the background that has scores: the test set, or all folds."""
    return _place_split(context), context.config.split.scored_share


def get_held_share(context: Context) -> tuple[str, float]:
    """Get the share of the background that one network does not see: the test set, or a fold."""
    return _place_split(context), context.config.split.held_share


def get_fold(fold: Fold | None) -> tuple[str, list[int] | None]:
    """Get the fold that is left out."""
    return "split.folds", None if fold is None else list(fold)


def get_validation_fraction(context: Context) -> tuple[str, float]:
    """Get the share of background that is validated on."""
    return "split.validation_fraction", context.config.split.validation_fraction


def get_floor(context: Context) -> tuple[str, float]:
    """Get the number of effective events below which a number is undefined."""
    return "scan.minimum_effective_events", context.config.scan.minimum_effective_events


def get_channels(context: Context, selection: str) -> tuple[str, list[str]]:
    """Get the names of background channels."""
    return f"selections.{selection}.channels", list(context.selections[selection].channels)


def get_signals(context: Context, selection: str) -> tuple[str, list[str]]:
    """Get the names of signals."""
    return f"selections.{selection}.signals", list(context.selections[selection].signals)


def get_signal_parts(context: Context, selection: str) -> tuple[str, list[int]]:
    """Count the files of signals."""
    return "samples.*.files", context.count_parts(context.selections[selection].signals)


def get_column(context: Context, scorer: str) -> tuple[str, str]:
    """Get the column of a score in its files."""
    model, column, _ = context.scorers[scorer]
    return f"architectures.{model}.scores", column


def get_scorers_of(context: Context, model: str) -> tuple[str, list[list[str]]]:
    """Get name and column of every score that a network or baseline gives."""
    scorers = context.scorers.items()
    found = [[name, scorer.column] for name, scorer in scorers if scorer.model == model]
    kind = "baselines" if model in context.config.baselines else "architectures"
    return f"{kind}.{model}", found


def get_shifts(context: Context, selection: str) -> tuple[str, dict[str, str]]:
    """Get the source of each systematic variation of a selection."""
    return "systematics", {shift: context.shifts[shift] for shift in context.shifted[selection]}


def get_data_luminosities(context: Context, selection: str) -> tuple[str, list[list[Any]]]:
    """Get the luminosity of each sample of data, as delivered: before events are left out."""
    campaigns = context.config.campaigns
    samples = [context.samples[name] for name in context.selections[selection].data]
    return "samples.*.luminosity", [
        [s.sample, s.luminosity or campaigns[s.campaign[0]].luminosity] for s in samples
    ]


def get_members(context: Context, selection: str) -> tuple[str, list[list[Any]]]:
    """Get channel, sample and number of files of each background."""
    channels = context.analysis.list_backgrounds(selection)
    return "samples", [
        [channel, sample, len(context.parts[sample])]
        for channel, samples in channels.items()
        for sample in samples
    ]


def get_representation(context: Context, name: str) -> tuple[str, dict[str, Any]]:
    """Get how events are shown to models."""
    return f"representations.{name}", context.config.show(name).describe()


def describe_frame(context: Context, selection: str, *, scaled: bool = False) -> Settings:
    """Describe what the figures of a selection have in common; `scaled`: to the luminosity."""
    return {
        "frame.plots": ("plots", context.config.plots),
        "frame.selection": ("selection", selection),
        "frame.channels": get_channels(context, selection),
        "frame.signals": get_signals(context, selection),
        "frame.sqrt_s": ("sqrt_s", context.config.sqrt_s),
        **({"frame.luminosity": get_luminosity(context)} if scaled else {}),
    }
