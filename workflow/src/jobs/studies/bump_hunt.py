"""Bump hunts: which data and signals each window reads."""

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.inputs import BACKGROUND, list_corrections, list_parts, list_samples
from jobs.keys import describe_frame, get_data_luminosities, get_seed
from jobs.paths import fill
from jobs.resources import digest_code
from rapidmass.representations.registry import name_module
from rapidmass.search.bumps.methods import registry as methods
from rapidmass.search.bumps.windows import place_windows

SCRIPT = "hunt_bump.py"
# what the windows have no use for: the number of toys that keep the scores
LATER = {"enabled", "representation", "validation", "toys"}


def _find_representation(context: Context) -> str:
    return context.config.studies.bump_hunt.get_representation(context.config)


def list_windows(context: Context) -> list[str]:
    """List the windows, by number."""
    return [str(k) for k in range(len(place_windows(context.config.studies.bump_hunt)))]


def list_data(context: Context, wildcards: Wildcards) -> list[str]:
    """List the shards of all data."""
    names, shown = context.selections[wildcards.selection].data, _find_representation(context)
    return list_parts(context, paths.SHARD, wildcards.selection, names, representation=shown)


def list_signals(context: Context, wildcards: Wildcards) -> list[str]:
    """List the shards of all signals."""
    names, shown = context.selections[wildcards.selection].signals, _find_representation(context)
    return list_parts(context, paths.SHARD, wildcards.selection, names, representation=shown)


def _list_background(context: Context, selection: str) -> list[str]:
    needed = context.config.studies.bump_hunt.needs_simulation
    return context.list_selected(selection, BACKGROUND) if needed else []


def list_background(context: Context, wildcards: Wildcards) -> list[str]:
    """List the shards of simulated background, where it is needed."""
    names, shown = _list_background(context, wildcards.selection), _find_representation(context)
    return list_parts(context, paths.SHARD, wildcards.selection, names, representation=shown)


def list_weights(context: Context, wildcards: Wildcards) -> list[str]:
    """List the weights of simulated background, where it is needed."""
    return list_samples(_list_background(context, wildcards.selection))


def list_found(context: Context, wildcards: Wildcards, pattern: str) -> list[str]:
    """List what all windows found, or their scores."""
    numbers = list_windows(context)
    return [fill(pattern, selection=wildcards.selection, window=number) for number in numbers]


def digest_window(context: Context, _: Wildcards) -> str:
    """Digest the code of a window, with the modules of the representation and of the method."""
    kind = context.config.representations[_find_representation(context)].kind
    method = context.config.studies.bump_hunt.method
    return digest_code(SCRIPT, (name_module(kind), methods.name_module(method)))


def _describe_hunt(context: Context, leave: set[str]) -> Settings:
    block = context.config.studies.bump_hunt.model_dump(mode="json", exclude=leave)
    return {
        "hunt": ("studies.bump_hunt", block),
        "sqrt_s": ("sqrt_s", context.config.sqrt_s),
        "seed": get_seed(context),
    }


def describe_window(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the hunt in one window."""
    names = context.selections[wildcards.selection].signals
    parts = dict(zip(names, context.count_parts(names), strict=True))
    background = _list_background(context, wildcards.selection)
    counted = dict(zip(background, context.count_parts(background), strict=True))
    return {
        **_describe_hunt(context, LATER),
        "window": ("studies.bump_hunt.range", int(wildcards.window)),
        "signals": (f"selections.{wildcards.selection}.signals", list(parts.items())),
        "background": (f"selections.{wildcards.selection}.channels", list(counted.items())),
    }


def describe_measurement(context: Context, _: Wildcards) -> Settings:
    """Describe what is measured of all windows together."""
    return _describe_hunt(context, {"enabled", "representation", "validation"})


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""
    return {
        "hunt": [fill(paths.BUMP_HUNT, selection=selection)],
        "data_weights": list_corrections(context, selection),
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    data, study = context.selections[selection].data, context.config.studies.bump_hunt
    return {
        **describe_frame(context, selection),
        "data_luminosities": get_data_luminosities(context, selection),
        "pseudo": (f"selections.{selection}.data", all(name in context.drawn for name in data)),
        "hunt": ("studies.bump_hunt", study.model_dump(mode="json", exclude={"enabled"})),
    }
