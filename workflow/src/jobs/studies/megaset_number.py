"""The number of megasets: the same events in more or fewer."""

from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context, Settings
from jobs.inputs import name_scores
from jobs.keys import (
    describe_frame,
    get_column,
    get_floor,
    get_held_share,
    get_luminosity,
    get_signals,
)
from jobs.paths import fill, name_benchmark
from jobs.studies import seeds


def _list_networks(context: Context) -> list[str]:
    return context.config.studies.megaset_number.list_networks(context.config)


def _list_replicated(context: Context) -> list[str]:
    """List networks whose spread over seeds is known."""
    return [name for name in _list_networks(context) if name in seeds.list_networks(context)]


def _list_models(context: Context, wildcards: Wildcards) -> list[str]:
    """List the models of a network, by number of megasets."""
    name, usual = wildcards.architecture, context.config.megasets.number
    numbers = context.config.studies.megaset_number.numbers
    one = context.name_one(name)
    return [one if number == usual else f"{name}-megasets-{number}" for number in numbers]


def list_histories(context: Context, wildcards: Wildcards) -> list[str]:
    """List the histories of their trainings."""
    models = _list_models(context, wildcards)
    return [fill(paths.HISTORY, selection=wildcards.selection, model=name) for name in models]


def list_backgrounds(context: Context, wildcards: Wildcards) -> list[str]:
    """List their scores on background."""
    models = _list_models(context, wildcards)
    return [name_scores(wildcards.selection, name, "background") for name in models]


def list_signals(context: Context, wildcards: Wildcards) -> list[str]:
    """List their scores on signals."""
    return [
        name_scores(wildcards.selection, model, signal)
        for model in _list_models(context, wildcards)
        for signal in context.selections[wildcards.selection].signals
    ]


def list_benchmarks(context: Context, wildcards: Wildcards) -> list[str]:
    """List the times of their trainings."""
    models = _list_models(context, wildcards)
    return [name_benchmark(f"train/{wildcards.selection}/{name}") for name in models]


def list_targets(context: Context) -> list[str]:
    """List the sections of the study, whether or not they are in the report."""
    selections = context.config.studies.megaset_number.list_selections(context.config)
    return [fill(paths.SECTION, selection=s, study="megaset_number") for s in selections]


def describe_times(context: Context, _: Wildcards) -> Settings:
    """Describe whose times are read."""
    numbers = context.config.studies.megaset_number.numbers
    return {"numbers": ("studies.megaset_number.numbers", numbers)}


def describe_study(context: Context, wildcards: Wildcards) -> Settings:
    """Describe the comparison of trainings of a network."""
    name = wildcards.architecture
    batch_size = context.config.get_network(name).batch_size
    return {
        **describe_times(context, wildcards),
        "signals": get_signals(context, wildcards.selection),
        "column": get_column(context, name),
        "batch_size": (f"architectures.{name}.batch_size", batch_size),
        "luminosity": get_luminosity(context),
        "scored_share": get_held_share(context),
        "minimum_effective_events": get_floor(context),
    }


def list_section_inputs(context: Context, selection: str) -> dict[str, list[str]]:
    """List what the section reads."""

    def list_products(pattern: str, networks: list[str]) -> list[str]:
        return [fill(pattern, selection=selection, architecture=name) for name in networks]

    return {
        "compared": list_products(paths.MEGASET_NUMBER, _list_networks(context)),
        "times": list_products(paths.TRAINING_TIMES, _list_networks(context)),
        "replicas": list_products(paths.SEEDS, _list_replicated(context)),
    }


def describe_section(context: Context, selection: str) -> Settings:
    """Describe the section."""
    return {
        **describe_frame(context, selection, scaled=True),
        "study_networks": ("studies.megaset_number.networks", _list_networks(context)),
        "replicated": ("studies.seeds", _list_replicated(context)),
    }
