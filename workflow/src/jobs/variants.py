"""Models, scalings and scores: those of the configuration, and those that studies ask for."""

from typing import NamedTuple

from rapidmass.config.models.baseline import FittedBaseline
from rapidmass.config.models.training import ScalingSettings
from rapidmass.config.root import Config


class Variant(NamedTuple):
    """A network to train: one of the configuration, perhaps with one thing changed.

    Parameters
    ----------
    architecture
        Its name in the configuration.
    megasets
        How many it is trained on.
    without
        Background channel that is left out.
    replica
        Number of its seed.
    """

    architecture: str
    megasets: int
    without: str | None = None
    replica: int = 0

    def name_scaler(self, config: Config) -> str:
        """Name the scaling of its inputs."""
        scaling = config.get_scaling(self.architecture).name
        return f"{scaling}-without-{self.without}" if self.without else scaling


class Scorer(NamedTuple):
    """A score to cut on: the model that gives it, the column of its files, and what it is."""

    model: str
    column: str
    kind: str


class Scaler(NamedTuple):
    """A scaling of inputs: where its settings are, what they are, and which channel is left out."""

    place: str
    settings: ScalingSettings
    without: str | None


def list_models(config: Config, selection: str) -> dict[str, Variant]:
    """List all networks of a selection, by name."""
    usual = config.megasets.number
    models = {name: Variant(name, usual) for name in config.architectures}
    # of a study that is off nothing exists; that of megasets can be asked for in any case
    removal, seeds = config.studies.channel_removal, config.studies.seeds
    for name in removal.list_networks(config) if removal.enabled else ():
        for channel in removal.list_channels(config, selection):
            models[f"{name}-without-{channel}"] = Variant(name, usual, without=channel)
    for name in seeds.list_networks(config) if seeds.enabled else ():
        for replica in range(1, seeds.number):
            models[f"{name}-seed-{replica}"] = Variant(name, usual, replica=replica)
    study = config.studies.megaset_number
    for name in study.list_networks(config):
        for number in study.list_trained(config):
            models[f"{name}-megasets-{number}"] = Variant(name, number)
    return models


def list_scalers(config: Config, selection: str) -> dict[str, Scaler]:
    """List all scalings of a selection, by name."""
    scalers = {}
    for variant in list_models(config, selection).values():
        own = config.architectures[variant.architecture].scaling
        place = f"architectures.{variant.architecture}.scaling" if own else "scaling"
        scaling = own or config.scaling
        scalers[variant.name_scaler(config)] = Scaler(place, scaling, variant.without)
    for name, baseline in list_fitted(config).items():
        place = f"baselines.{name}.scaling" if baseline.scaling else "scaling"
        scaling = baseline.scaling or config.scaling
        scalers[scaling.name] = Scaler(place, scaling, None)
    return scalers


def list_fitted(config: Config) -> dict[str, FittedBaseline]:
    """List the baselines that have a model and a scaler, by name."""
    found = config.baselines.items()
    return {name: baseline for name, baseline in found if isinstance(baseline, FittedBaseline)}


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
