"""What jobs ask of a cluster, checked before the first one is submitted."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from cluster.leftovers import name_jobs
from cluster.offers import find_controller, list_accounts, list_partitions
from cluster.preflight import Demand, find_blindness, find_mistakes
from reruns.patches import keep_jobs, start_once


def name_submissions(workflow: Any) -> None:
    """Give all submissions of this working folder a name in common, by which they are found."""
    plugin = workflow.executor_plugin
    if plugin is not None and plugin.name == "slurm":
        settings, name = workflow.executor_settings, name_jobs(Path.cwd())
        settings.jobname_prefix = "-".join(filter(None, [settings.jobname_prefix, name]))


def check_demands(dag: Any) -> None:
    """Check that the cluster has what jobs ask for, and that their ends will be seen.

    Parameters
    ----------
    dag
        Snakemake's graph of jobs.

    Raises
    ------
    WorkflowError
        If not; the message names the keys, and the file to edit.
    """
    plugin = dag.workflow.executor_plugin
    if plugin is None or plugin.name != "slurm":
        return
    submissions = {_describe(submission): submission for submission in _list_submissions(dag)}
    if not submissions:
        return
    settings = dag.workflow.executor_settings
    try:
        controller = find_controller()
    except RuntimeError as error:
        raise WorkflowError(f"{error}; nothing was submitted: start again when it does") from None
    pause = settings.init_seconds_before_status_checks
    blindness = find_blindness(settings.status_command, pause, controller)
    offers, accounts = list_partitions(), list_accounts()
    if settings.partition_config or os.environ.get("SNAKEMAKE_SLURM_PARTITIONS"):
        # then the executor chooses among all where a job names none
        offers = {name: offer._replace(is_default=False) for name, offer in offers.items()}
    mistakes = find_mistakes(submissions, offers, accounts)
    if mistakes or blindness:
        raise WorkflowError("\n".join([f"Edit {_name_profile()}:", *mistakes, *_list(blindness)]))
    retries = range(2, 2 + (dag.workflow.execution_settings.retries or 0))
    later = {demand for s in submissions.values() for demand in _describe_attempts(s, retries)}
    for mistake in find_mistakes(later, offers, accounts):
        logger.warning(f"A later attempt could not run. {mistake}")
    keep_jobs(controller.job_age)
    start_once()


def _list(text: str | None) -> list[str]:
    return [] if text is None else [text]


def _list_submissions(dag: Any) -> Iterator[Any]:
    """List what goes to the cluster: jobs, and groups of jobs."""
    seen = set()
    for job in dag.needrun_jobs():
        submission = dag.get_job_group(job) or job
        if not job.is_local and submission not in seen:
            seen.add(submission)
            yield submission


def _describe(submission: Any) -> Demand:
    resources = submission.resources
    jobs = list(submission.jobs) if submission.is_group() else [submission]
    cpus = _read_number(resources.get("cpus_per_task") or resources.get("_cores"))
    memory = _read_number(resources.get("mem_mb"))
    return Demand(
        rule=", ".join(sorted({job.rule.name for job in jobs})),
        partition=str(resources.get("slurm_partition") or ""),
        account=str(resources.get("slurm_account") or ""),
        gres=_name_devices(resources),
        qos=str(resources.get("qos") or ""),
        minutes=_read_number(resources.get("runtime")),
        memory=memory or cpus * _read_number(resources.get("mem_mb_per_cpu")),
        cpus=int(cpus),
        jobs=len(jobs),
        processes=int(_read_number(resources.get("processes"))) or 1,
    )


def _read_number(value: Any) -> float:
    """Read a resource; what is known later only, or is no number, counts as nothing."""
    return value if isinstance(value, int | float) and value > 0 else 0


def _name_devices(resources: Any) -> str:
    """Name devices as SLURM does; the number in `gpu` may be spread over nodes, if not shared."""
    if resources.get("gres"):
        return str(resources.get("gres"))
    model = resources.get("gpu_model")
    number = [str(resources.get("gpu"))] if _read_number(resources.get("processes")) > 1 else []
    words = ["gpu", *([str(model)] if model else []), *number]
    return ":".join(words) if resources.get("gpu") else ""


def _describe_attempts(submission: Any, attempts: range) -> Iterator[Demand]:
    first = submission.attempt
    try:
        for attempt in attempts:
            submission.attempt = attempt
            yield _describe(submission)
    finally:
        submission.attempt = first


def _name_profile() -> str:
    """Name the file of the profile that the command line or the environment names."""
    words = sys.argv
    named = [words[k + 1] for k, word in enumerate(words[:-1]) if word == "--profile"]
    named += [word.split("=", 1)[1] for word in words if word.startswith("--profile=")]
    profile = [*named, os.environ.get("SNAKEMAKE_PROFILE", "")][0]
    return str(Path(profile, "config.yaml")) if profile else "your profile or command"
