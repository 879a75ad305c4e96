"""What a trial measures: the loss of a network on background that it was not trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.config.models.training import Expand, TrainingSettings
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.training.train import remove_checkpoint, train
from rapidmass.studies.tuning.trials import Outcome


@dataclass(frozen=True)
class Objective:
    """Trains networks for trials, all in the same way.

    Parameters
    ----------
    megasets
        What they are trained on, in turn.
    scaler
        Makes their inputs.
    settings
        How to train.
    seed
        Decides initial weights, order of events and noise; the same for all trials.
    validation_fraction
        Fraction of events that measure the loss.
    checkpoint
        Where an unfinished training is kept.
    checkpoint_interval
        Seconds from one saving to the next.
    expand
        Where stored elements are made dense.
    name, selection
        Of network and events.
    request
        Digest of all that decides the results.
    """

    megasets: Sequence[Path]
    scaler: Scaler
    settings: TrainingSettings
    seed: int
    validation_fraction: float
    checkpoint: Path
    checkpoint_interval: float
    expand: Expand
    name: str
    selection: str
    request: str

    def __call__(self, network: NeuralNetwork) -> Outcome:
        """Train a network and measure its loss on the validation part.

        Parameters
        ----------
        network
            What to train.

        Returns
        -------
        Outcome
            Also where the loss was not finite, on training or on validation events.

        Raises
        ------
        ValueError
            If there is no validation loss at all, or training fails for another reason.
        """
        try:
            trained = train(
                self.megasets,
                self.scaler,
                network,
                settings=self.settings,
                seed=self.seed,
                validation_fraction=self.validation_fraction,
                checkpoint=self.checkpoint,
                checkpoint_interval=self.checkpoint_interval,
                expand=self.expand,
                name=self.name,
                selection=self.selection,
                code=self.request,
            )
        except ValueError as error:
            remove_checkpoint(self.checkpoint)
            if "the loss is not finite" not in str(error):
                raise
            return Outcome([], None, str(error))
        remove_checkpoint(self.checkpoint)
        losses = [record["validation_loss"] for record in trained.history]
        if losses[-1] is None:
            raise ValueError(
                f"{self.name}: {self.megasets[-1]} has no events to measure a validation loss on, "
                "which trials are compared by; raise split.validation_fraction"
            )
        weights = sum(p.numel() for p in trained.network.parameters())
        return Outcome(losses, weights, None)
