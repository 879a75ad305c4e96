"""What a study of data reads: scores by the network or baseline that blinds the data."""

from typing import NamedTuple

from snakemake.iocontainers import Wildcards

from jobs.context import Context
from jobs.inputs import name_scores
from jobs.systematics import list_shifted_backgrounds


class BlindedScores(NamedTuple):
    """Scores by the network or baseline that blinds the data of a study.

    Parameters
    ----------
    study
        Its name in the configuration.
    """

    study: str

    def find_model(self, context: Context) -> str:
        """Find this network or baseline."""
        scorer = getattr(context.config.studies, self.study).get_scorer(context.config)
        return context.scorers[scorer].model

    def list_background(self, context: Context, wildcards: Wildcards) -> list[str]:
        """List its scores on background."""
        return [name_scores(wildcards.selection, self.find_model(context), "background")]

    def list_data(self, context: Context, wildcards: Wildcards) -> list[str]:
        """List its scores on all data."""
        model, data = self.find_model(context), context.selections[wildcards.selection].data
        return [name_scores(wildcards.selection, model, name) for name in data]

    def list_shifted(self, context: Context, wildcards: Wildcards) -> list[str]:
        """List its scores on background in each variation."""
        return list_shifted_backgrounds(context, wildcards.selection, self.find_model(context))
