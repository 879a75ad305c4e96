"""Models, scalings and scores: those of the configuration, and those that studies ask for."""

from collections.abc import Mapping
from typing import NamedTuple

from rapidmass.config.models.baseline import Combination
from rapidmass.config.models.fitted_baseline import FittedBaseline
from rapidmass.config.models.training import ScalingSettings
from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.config.root import Config
from rapidmass.datasets.folds import Fold


class Variant(NamedTuple):
    """A network to train: one of the configuration, perhaps with one thing changed.

    Parameters
    ----------
    architecture
        Its name in the configuration.
    megasets
        How many it is trained on.
    excluded_channel
        Background channel that is left out.
    replica
        Number of its seed.
    fold
        Events that it is not trained on; None without folds.
    """

    architecture: str
    megasets: int
    excluded_channel: str | None = None
    replica: int = 0
    fold: Fold | None = None

    def name_scaler(self, config: Config) -> str:
        """Name the scaling of its inputs."""
        scaling = name_fold(config.get_scaling(self.architecture).name, self.fold)
        return f"{scaling}-without-{self.excluded_channel}" if self.excluded_channel else scaling


class Scorer(NamedTuple):
    """A score to cut on: the model that gives it, the column of its files, and what it is."""

    model: str
    column: str
    kind: str


class Scaler(NamedTuple):
    """A scaling of inputs: where its settings are, what they are, and which events are left out."""

    place: str
    settings: ScalingSettings
    excluded_channel: str | None
    fold: Fold | None


class Fit(NamedTuple):
    """A baseline to fit: its name in the configuration, its settings, and the fold left out."""

    baseline: str
    settings: FittedBaseline
    fold: Fold | None


def list_folds(config: Config) -> list[Fold] | list[None]:
    """List the folds; without folds one training leaves out nothing of the megasets."""
    number = config.split.folds
    return [None] if number is None else [Fold(fold, number) for fold in range(number)]


def name_fold(name: str, fold: Fold | None) -> str:
    """Name what leaves out a fold."""
    return name if fold is None else f"{name}-fold-{fold.left_out}"


def list_models(config: Config, selection: str) -> dict[str, Variant]:
    """List all networks of a selection, by name: those of all folds, and variants of the first."""
    usual = config.megasets.number
    folds = list_folds(config)
    models = {
        name_fold(name, fold): Variant(name, usual, fold=fold)
        for name in config.architectures
        for fold in folds
    }
    first = folds[0]
    # of a study that is off nothing exists; that of megasets can be asked for in any case
    removal, seeds = config.studies.channel_removal, config.studies.seeds
    for name in removal.list_networks(config) if removal.enabled else ():
        for channel in removal.list_channels(config, selection):
            models[f"{name}-without-{channel}"] = Variant(
                name, usual, excluded_channel=channel, fold=first
            )
    for name in seeds.list_networks(config) if seeds.enabled else ():
        for replica in range(1, seeds.number):
            models[f"{name}-seed-{replica}"] = Variant(name, usual, replica=replica, fold=first)
    for name, (architecture, replica) in list_replicas(config).items():
        for fold in folds:
            models[name_fold(name, fold)] = Variant(architecture, usual, replica=replica, fold=fold)
    study = config.studies.megaset_number
    for name in study.list_networks(config):
        for number in study.list_trained(config):
            models[f"{name}-megasets-{number}"] = Variant(name, number, fold=first)
    return models


def list_replicas(config: Config) -> dict[str, tuple[str, int]]:
    """List what scores all of the background with other seeds: architecture and seed, by name."""
    study = config.studies.taggers
    return {
        f"{name}-seed-{replica}": (name, replica)
        for name in study.list_repeated(config)
        for replica in range(1, study.seeds)
    }


def list_trees(config: Config, models: Mapping[str, Variant]) -> list[str]:
    """List those of some models that are boosted trees."""
    kinds = config.architectures
    return [n for n, one in models.items() if isinstance(kinds[one.architecture], BoostedTrees)]


def list_networks(config: Config) -> dict[str, str]:
    """List what scores all of the background, by name: the architecture of each."""
    replicas = {name: architecture for name, (architecture, _) in list_replicas(config).items()}
    return {**{name: name for name in config.architectures}, **replicas}


def list_scalers(config: Config, selection: str) -> dict[str, Scaler]:
    """List all scalings of a selection, by name."""
    scalers = {}
    for variant in list_models(config, selection).values():
        own = config.architectures[variant.architecture].scaling
        place = f"architectures.{variant.architecture}.scaling" if own else "scaling"
        scaling = own or config.scaling
        scalers[variant.name_scaler(config)] = Scaler(
            place, scaling, variant.excluded_channel, variant.fold
        )
    for name, baseline, fold in list_fits(config).values():
        place = f"baselines.{name}.scaling" if baseline.scaling else "scaling"
        scaling = baseline.scaling or config.scaling
        scalers[name_fold(scaling.name, fold)] = Scaler(place, scaling, None, fold)
    return scalers


def list_fits(config: Config) -> dict[str, Fit]:
    """List all baselines to fit, by the names of their models."""
    return {
        name_fold(name, fold): Fit(name, baseline, fold)
        for name, baseline in list_fitted(config).items()
        for fold in list_folds(config)
    }


def list_fitted(config: Config) -> dict[str, FittedBaseline]:
    """List the baselines that have a model and a scaler, by name."""
    found = config.baselines.items()
    return {name: baseline for name, baseline in found if isinstance(baseline, FittedBaseline)}


def list_combinations(config: Config) -> dict[str, Combination]:
    """List the baselines that combine scores, by name."""
    found = config.baselines.items()
    return {name: baseline for name, baseline in found if isinstance(baseline, Combination)}


def list_rivals(config: Config) -> list[str]:
    """List the baselines that other scores have to beat: all but those that are made of them."""
    return [name for name in config.baselines if name not in list_combinations(config)]


def list_scorers(config: Config) -> dict[str, Scorer]:
    """List all scores to cut on, by name."""
    scorers = {}
    for name, architecture in config.architectures.items():
        first, *others = architecture.score_names
        scorers[name] = Scorer(name, "score", first)
        scorers |= {f"{name}-{kind}": Scorer(name, f"score_{kind}", kind) for kind in others}
    return scorers | {
        name: Scorer(name, "score", baseline.kind) for name, baseline in config.baselines.items()
    }
