"""All that is changed in private parts of Snakemake and of its executor for SLURM.

With the variable `RAPIDMASS_PLAIN_SNAKEMAKE` in the environment nothing is: then Snakemake decides
by its own rerun triggers and metadata, without a plan, and products keep their records.
"""

import functools
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from subprocess import CalledProcessError
from typing import Any

import snakemake.api  # before the workflow: they import each other
import snakemake.dag
import snakemake.workflow
from snakemake.benchmark import benchmarked
from snakemake.dag import ScriptProcessor
from snakemake.exceptions import WorkflowError
from snakemake.jobs import Job
from snakemake.logging import logger
from snakemake.output_index import OutputIndex
from snakemake.script import PythonScript
from snakemake.settings.enums import PersistenceBackend, RerunTrigger
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

from reruns.batches import fill_batches, find_depth
from workers.client import Pool, can_serve

SWITCH = "RAPIDMASS_PLAIN_SNAKEMAKE"
START = PythonScript.execute_script
FIND_PRODUCERS = OutputIndex.match_producers
CHECK_SCRIPT = ScriptProcessor.process_job
SCHEDULER = snakemake.workflow.JobScheduler
HEAVY = ("torch",)
"""What only some scripts import, and for longest: in a server for all it would stay for all."""


def replace_persistence(workflow: Any, persistence: Callable[..., Any]) -> None:
    """Put a persistence in the place of Snakemake's own, unless that is switched off.

    Parameters
    ----------
    workflow
        Snakemake's workflow.
    persistence
        Makes it, from Snakemake's arguments.

    Raises
    ------
    WorkflowError
        If another persistence is asked for.
    """
    if os.environ.get(SWITCH) or not workflow.is_main_process:
        return
    if workflow.workflow_settings.persistence_backend != PersistenceBackend.FILE:
        raise WorkflowError("leave out --persistence-backend: records lie beside the products")
    snakemake.workflow.FilePersistence = persistence
    Job.output_mintime = property(_ignore_times)
    logger.addFilter(_keep_message)


def set_triggers(settings: Any) -> None:
    """Ask for faults only, also where the default profile was left out.

    Parameters
    ----------
    settings
        Snakemake's settings of its graph.

    Raises
    ------
    WorkflowError
        If other triggers are asked for.
    """
    triggers = set(settings.rerun_triggers)
    if triggers not in ({RerunTrigger.PARAMS}, set(RerunTrigger.all())):
        raise WorkflowError(
            "what runs again follows from the records beside the products; leave out "
            "--rerun-triggers (to keep products in spite of an edit: snakemake --touch FILE)"
        )
    settings.rerun_triggers = frozenset({RerunTrigger.PARAMS})


def drop_rate_limit() -> None:
    """Drop Snakemake's default limit of 100 starts a second, which no machine reaches.

    With it, whatever happens to a job makes the scheduler look up the inputs of all waiting jobs
    once more a second later, each time again: in a run of hundreds of jobs it took a fifth of two
    cores. A submission waits at its end for the last second.
    """
    if os.environ.get(SWITCH):
        return

    def schedule(workflow: Any, *arguments: Any) -> Any:
        settings = workflow.scheduling_settings
        limit = settings.max_jobs_per_timespan
        if limit is not None and (limit.max_jobs, limit.timespan) == (100, 1):
            settings.max_jobs_per_timespan = None
        return SCHEDULER(workflow, *arguments)

    snakemake.workflow.JobScheduler = schedule


def ask_once() -> None:
    """Find the rules that make a file, and a rule's script, once in a plan.

    Left alone, Snakemake matches a shard with all outputs for each job that reads it, and reads the
    script for each job: a third of the plan of ten thousand files.
    """
    if os.environ.get(SWITCH):
        return

    @functools.cache
    def find(index: OutputIndex, file: str) -> frozenset[Any]:
        return frozenset(FIND_PRODUCERS(index, file))

    def find_producers(index: OutputIndex, file: Any) -> frozenset[Any]:
        return find(index, str(file))

    def check_script(processor: Any, job: Any) -> None:
        checked = vars(processor).setdefault("checked", set())
        if job.rule not in checked:
            CHECK_SCRIPT(processor, job)
            checked.add(job.rule)

    OutputIndex.match_producers = find_producers
    ScriptProcessor.process_job = check_script


def limit_batches(measure: Callable[[Any], int], most: float) -> None:
    """Bound what the jobs of one submission read together.

    Left alone, Snakemake counts them, whatever they read, and puts them together in another order
    each time: also one with what has to wait for it, which is an error.

    Parameters
    ----------
    measure
        Gives how many bytes of events a job reads, from its wildcards.
    most
        How many bytes of them the jobs of a submission read at most.
    """
    if os.environ.get(SWITCH):
        return

    def measure_all(group: Any) -> int:
        return sum(measure(job.wildcards) for job in group)

    def find_place(group: Any) -> list[str]:
        return sorted(str(path) for job in group for path in job.output)

    def fill(number: int, groups: Iterable[Any]) -> Iterator[Sequence[Any]]:
        depths: dict[Any, int] = {}
        levels = defaultdict(list)
        for group in sorted(groups, key=find_place):
            # jobs of one depth do not wait for each other
            found = [find_depth(job, depths) for job in group]
            levels[min(found), max(found)].append(group)
        for level in sorted(levels):
            yield from fill_batches(levels[level], number, most, measure_all)

    snakemake.dag.group_into_chunks = fill


def fork_scripts(pool: Pool) -> None:
    """Run scripts in forks of processes that have imported what they need.

    Left alone, Snakemake starts an interpreter for each, whose imports take longer than many a job.
    Scripts in containers or in environments of their own are started by Snakemake.

    Parameters
    ----------
    pool
        Of processes that fork.
    """
    if os.environ.get(SWITCH) or not can_serve():
        return

    def execute(script: Any, fname: str, edit: bool = False) -> None:
        elsewhere = script.container_img, script.conda_env, script.env_modules
        code = getattr(script.params, "code", None)
        if code is None or any(elsewhere):
            START(script, fname, edit)
            return

        def measure(pid: int) -> AbstractContextManager[None]:
            record = script.bench_record
            return nullcontext() if record is None else benchmarked(pid, record)

        used = json.loads(code)
        kind = [name for name in HEAVY if name in used["packages"]]
        folder = script.resources.get("tmpdir")
        environment = dict.fromkeys(("TMPDIR", "TMP", "TEMPDIR", "TEMP"), folder) if folder else {}
        status = pool.run(fname, script.threads, kind, used, environment, measure)
        if status is None:
            START(script, fname, edit)
        elif status:
            raise CalledProcessError(status, fname)

    PythonScript.execute_script = execute


def _keep_message(message: Any) -> bool:
    """Leave out Snakemake's advice to judge by times or to forget params: neither works here."""
    return not str(message.msg).startswith("Some jobs were triggered by provenance information")


async def _ignore_times(job: Any) -> None:
    """Give no time of output: a file's time says nothing about its content."""


def keep_jobs(job_age: float) -> None:
    """Make Snakemake's executor go on with its jobs when SLURM does not answer.

    Left alone, it asks the controller at each look how long ended jobs are shown. Without an answer
    it turns to `sacct`; and of jobs whose states nobody tells it hears no more, so that the run
    never ends.

    Parameters
    ----------
    job_age
        Seconds for which ended jobs are shown, as the controller said once.
    """
    import snakemake_executor_plugin_slurm as plugin

    ask = plugin.query_job_status

    async def ask_again(command: str, log: Any) -> tuple[dict[str, str], float]:
        states, seconds = await ask(command, log)
        if states is None:
            logger.warning("SLURM does not tell the states of jobs: asking again later.")
            return {}, 0.0  # jobs of unknown state are looked at again
        return states, seconds

    plugin.query_job_status = ask_again
    plugin.get_min_job_age = lambda: job_age


def tell_limits() -> None:
    """Tell submissions to whatever cluster what limits their jobs.

    Left alone, Snakemake takes all cores that it sees there, which may be those of a whole node.
    SLURM's executor has words of its own: `start_once`.
    """
    if not os.environ.get(SWITCH):
        RemoteExecutor.additional_general_args = _list_limits


def _list_limits(executor: Any) -> str:
    limits = executor.workflow.global_resources
    names = sorted(executor.workflow.resource_scopes.locals & set(limits))
    told = " ".join(f"{name}={limits[name].value}" for name in names)
    return f"--resources {told}" if told else ""


def start_once() -> None:
    """Run the jobs of a submission in the Snakemake that SLURM starts.

    Left alone, that one starts another in a step (`srun`), which reads all rules again. Array jobs
    have their commands from the first, and are left alone.
    """
    import snakemake_executor_plugin_slurm as plugin

    add = plugin.Executor.additional_general_args

    def add_for_steps(executor: Any) -> Any:
        arrays = executor.workflow.executor_settings.array_jobs
        return add(executor) if arrays else _list_limits(executor)

    plugin.Executor.additional_general_args = add_for_steps
