"""What every input and setting follows from: the validated configuration, files and variants."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from snakemake.exceptions import WorkflowError
from snakemake.iocontainers import Wildcards

from jobs.models import Models
from jobs.paths import find_beside
from jobs.signatures import show_signature
from rapidmass.config.load import ConfigError, load_analysis
from rapidmass.provenance.settings import write_settings

Settings = dict[str, tuple[str, Any]]
"""Settings of a job by name: dotted path in the configuration, and value."""

P = ParamSpec("P")
Answer = TypeVar("Answer")


class Context(Models):
    """The configuration, and what follows from it for all jobs."""

    @property
    def runs(self) -> list[tuple[str, str]]:
        """Selection and name of each network of the configuration."""
        return [(s, name) for s in self.selections for name in self.config.architectures]

    @property
    def scans(self) -> list[tuple[str, str, str]]:
        """Selection, score and signal of each scan."""
        return [
            (selection, scorer, signal)
            for selection, chosen in self.selections.items()
            for scorer in self.scorers
            for signal in chosen.signals
        ]

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Selection and study of each section of the report: variations before studies."""
        return [
            (selection, study)
            for selection in self.selections
            for study in (
                *(["systematics"] if self.shifted[selection] else []),
                *self.config.studies.list_enabled(self.config, selection),
            )
        ]

    @property
    def notes(self) -> list[str]:
        """What a plan ends with."""
        unused = self.analysis.list_unused_backgrounds()
        if not unused:
            return []
        names = ", ".join(unused[:12] + ["..."] * (len(unused) > 12))
        return [f"No selection uses {len(unused)} backgrounds of {self.config.samples}: {names}"]

    def given(
        self,
        function: "Callable[Concatenate[Context, Wildcards, P], Answer]",
        *arguments: P.args,
        **named: P.kwargs,
    ) -> Callable[[Wildcards], Answer]:
        """Make a function of wildcards, as Snakemake calls it for inputs and params.

        Parameters
        ----------
        function
            Takes this context, wildcards and the arguments.
        arguments, named
            What else it takes.

        Returns
        -------
        Callable
            A function of wildcards alone.
        """

        def answer(wildcards: Wildcards) -> Answer:
            return function(self, wildcards, *arguments, **named)

        return show_signature(answer)

    def asked(
        self,
        function: "Callable[Concatenate[Context, Wildcards, P], Settings]",
        *arguments: P.args,
        **named: P.kwargs,
    ) -> Callable[[Wildcards], str]:
        """Make the param `settings`, in canonical form, of a function as for `given`."""

        def answer(wildcards: Wildcards) -> str:
            return write_settings(function(self, wildcards, *arguments, **named))

        return show_signature(answer)


def make_context(config: Mapping[str, Any], checkout: Path, origin: str) -> Context:
    """Validate the configuration, and find what follows from it.

    Parameters
    ----------
    config
        What the configuration files say, merged.
    checkout, origin
        Where this project lies, and its files with " + " between them, for errors.

    Returns
    -------
    Context
        For all functions of rules.

    Raises
    ------
    WorkflowError
        If something is missing, misspelt or inconsistent; the message says what to correct.
    """
    paths = {
        key: find_beside(config[key], checkout)
        for key in ("samples", "ntuple_formats", "processes")
        if isinstance(config.get(key), str)
    }
    try:
        context = Context(load_analysis({**config, **paths}, origin=origin), checkout, origin)
    except ConfigError as error:
        raise WorkflowError(str(error)) from None
    _ = context.origins, context.shifts  # what is wrong with them is told before all else
    return context
