"""Snakemake's memory of past runs, replaced by the records beside the products."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from snakemake.logging import logger
from snakemake.persistence import NO_PARAMS_CHANGE, ParamsChange
from snakemake.persistence.file import FilePersistence

from rapidmass.provenance.fingerprints import Memory
from rapidmass.provenance.records import trace_inputs, write_record
from reruns.demands import check_demands, name_submissions
from reruns.environments import list_versions
from reruns.owner import clear_lock, own_lock
from reruns.patches import (
    ask_once,
    drop_rate_limit,
    fork_scripts,
    limit_batches,
    replace_persistence,
    set_triggers,
    tell_limits,
)
from reruns.plan import describe_plan
from reruns.policy import RerunPolicy
from workers.client import Pool

MEMORY = Path(".cache", "rapidmass", "fingerprints.json")


class Faults(ParamsChange):  # type: ignore[misc]
    """Reasons to run a job, where Snakemake expects a change of params."""

    def __init__(self, reasons: list[str], files: Iterable[str]) -> None:
        super().__init__(only_new=set(reasons), files=set(files))

    def __str__(self) -> str:
        return "; ".join(sorted(self.only_new))


class RecordPersistence(FilePersistence):  # type: ignore[misc]
    """Answers from records whether a job's products are as asked for."""

    def __init__(self, notes: Sequence[str], **arguments: Any) -> None:
        super().__init__(**arguments)
        self._notes = notes
        workflow = self.dag.workflow
        set_triggers(workflow.dag_settings)
        versions = functools.partial(list_versions, workflow)
        self._policy = RerunPolicy(self.dag, Memory(MEMORY), versions)
        if workflow.executor_plugin is not None and not workflow.dryrun:
            name_submissions(workflow)
            clear_lock(self, workflow.executor_plugin.name)

    def has_metadata(self, job: Any) -> bool:
        """Tell whether Snakemake may ask for changes."""
        return bool(self._policy.knows(job) or super().has_metadata(job))

    def has_outdated_metadata(self, job: Any) -> bool:
        """Tell whether the answer would be unreliable."""
        return bool(not self._policy.knows(job) and super().has_outdated_metadata(job))

    def params_changed(self, job: Any, file: Any = None) -> ParamsChange:
        """Give all reasons that a record knows to run a job again."""
        if not self._policy.knows(job):
            return super().params_changed(job, file=file)
        reasons = self._policy.find_faults(job)
        return Faults(reasons, map(str, job.output)) if reasons else NO_PARAMS_CHANGE

    async def incomplete(self, job: Any) -> list[Any]:
        """List products that a killed run left unfinished; not those that their job finished."""
        files = await super().incomplete(job)
        if files and self._policy.knows(job) and not self._policy.find_faults(job):
            return []
        return list(files)

    async def finished(self, job: Any) -> None:
        """Take note of a finished job."""
        await super().finished(job)
        if not self._policy.knows(job):
            return
        files = [Path(str(path)) for path in (*job.input, *job.output)]
        # with --touch the user declares the products to be as asked for; those that are there
        if self.dag.workflow.touch and all(path.exists() for path in files):
            contents = trace_inputs(map(str, job.input)).contents
            write_record(self._policy.ask(job), contents, map(str, job.output))
        self._policy.learn(job)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Run under the lock, the plan first."""
        plugin = self.dag.workflow.executor_plugin
        if plugin is None:  # something else than a run, such as --cleanup-shadow
            with super().lock():
                yield
            return
        plan = describe_plan(self.dag, self._policy)
        check_demands(self.dag)
        with super().lock(), own_lock(self.path, plugin.name):
            self._tell(plan)
            self._policy.save()
            try:
                yield
            finally:
                self._policy.save()

    @contextmanager
    def lock_warn_only(self) -> Iterator[None]:
        """Run dry, the plan last."""
        with super().lock_warn_only():
            yield
        plan = describe_plan(self.dag, self._policy)
        self._tell(plan)
        self._policy.save()

    def _tell(self, plan: str) -> None:
        if plan:
            logger.info(plan)
        for note in self._notes:
            logger.warning(note)


def install(
    workflow: Any, notes: Sequence[str], measure: Callable[[Any], int], most: float
) -> None:
    """Let records decide what a run does; called while the Snakefile is read.

    Parameters
    ----------
    workflow
        Snakemake's workflow.
    notes
        What to know beside the plan of a run.
    measure
        Gives how many bytes of events a job reads, from its wildcards.
    most
        How many bytes of them the jobs of one submission read at most.
    """
    replace_persistence(workflow, functools.partial(RecordPersistence, notes))
    ask_once()
    limit_batches(measure, most)
    drop_rate_limit()
    tell_limits()
    fork_scripts(Pool())
