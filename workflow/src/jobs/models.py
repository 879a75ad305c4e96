"""What follows from the configuration for models and their scores."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from snakemake.iocontainers import Wildcards

from jobs.samples import Samples
from jobs.variants import (
    Fit,
    Scaler,
    Scorer,
    Variant,
    list_fits,
    list_fitted,
    list_folds,
    list_models,
    list_networks,
    list_scalers,
    list_scorers,
    list_trees,
    name_fold,
)


class Models(Samples):
    """The configuration, and what follows from it for models and their scores."""

    @property
    def first_representation(self) -> str:
        """Name of the representation whose shards count events: all hold the same events."""
        return next(iter(self.config.representations))

    @cached_property
    def models(self) -> dict[str, dict[str, Variant]]:
        """All networks, by selection and name."""
        return {name: list_models(self.config, name) for name in self.selections}

    @property
    def trained(self) -> list[str]:
        """Names of all networks and trees that are trained, for whatever selection."""
        return list(dict.fromkeys(name for models in self.models.values() for name in models))

    @property
    def trees(self) -> list[str]:
        """Names of all boosted trees that are grown, for whatever selection."""
        found = self.models.values()
        return [name for models in found for name in list_trees(self.config, models)]

    def list_trained(self, *, trees: bool) -> list[str]:
        """List what jobs train, networks or trees: nothing where all stays as it is."""
        if self.config.training.frozen:
            return []
        return [name for name in self.trained if (name in self.trees) == trees]

    def list_signals_of(self, selection: str, architecture: str) -> list[str]:
        """List the signals of a selection, and the priors, that an architecture is trained on."""
        settings = self.config.architectures[architecture]
        return [*self.list_told(selection, settings.signals), *settings.priors]

    def list_told(self, selection: str, signals: Sequence[str]) -> list[str]:
        """List those of some signals that a selection has."""
        return [name for name in self.selections[selection].signals if name in signals]

    @cached_property
    def networks(self) -> dict[str, str]:
        """Architecture of each network that scores all of the background, by name."""
        return list_networks(self.config)

    @property
    def scoring(self) -> list[str]:
        """Names of all that gives scores of networks: single ones, and those of all folds."""
        return list(dict.fromkeys([*self.networks, *self.trained]))

    @cached_property
    def fits(self) -> dict[str, Fit]:
        """All baselines that are fitted, by the names of their models."""
        return list_fits(self.config)

    def list_folds_of(self, name: str) -> list[str]:
        """List the models behind the scores of a network or baseline: one for each fold."""
        trained = name in self.networks or name in list_fitted(self.config)
        folds = list_folds(self.config) if trained else [None]
        return [name_fold(name, fold) for fold in folds]

    def find_architecture(self, selection: str, model: str) -> str:
        """Find what kind of network gives scores: by its own name, or that of a variant."""
        return self.networks.get(model) or self.models[selection][model].architecture

    def name_one(self, network: str) -> str:
        """Name the network that a study looks into: with folds, that of the first one."""
        return self.list_folds_of(network)[0]

    def list_folded(self, names: Iterable[str]) -> list[str]:
        """List the networks and baselines whose scores are those of several folds."""
        return [name for name in names if len(self.list_folds_of(name)) > 1]

    @cached_property
    def scalers(self) -> dict[str, dict[str, Scaler]]:
        """All scalings, by selection and name."""
        return {name: list_scalers(self.config, name) for name in self.selections}

    @cached_property
    def scorers(self) -> dict[str, Scorer]:
        """All scores to cut on, by name."""
        return list_scorers(self.config)

    def list_scorers_of(self, models: Sequence[str]) -> list[str]:
        """List the scores of some networks, and of all baselines."""
        return [
            name
            for name, scorer in self.scorers.items()
            if scorer.model in (*models, *self.config.baselines)
        ]

    def find_representation(self, wildcards: Wildcards) -> str:
        """Find which representation a job reads: its own, that of its model, or the first."""
        own, model = wildcards.get("representation"), self._find_model(wildcards)
        return own or (
            self.config.get_representation(model) if model else self.first_representation
        )

    def _find_model(self, wildcards: Wildcards) -> str | None:
        """Find the network or baseline of a job, by its key in the configuration."""
        if scorer := wildcards.get("scorer"):
            return self.scorers[scorer].model
        if model := wildcards.get("model"):
            return self.find_architecture(wildcards.selection, model)
        name: str | None = wildcards.get("architecture") or wildcards.get("baseline")
        return self.fits[name].baseline if name in self.fits else name
