"""What jobs ask of a cluster, checked before the first one is submitted."""

import os
import sys
from pathlib import Path
from typing import Any

from snakemake.exceptions import WorkflowError

from cluster.leftovers import name_jobs
from cluster.preflight import Demand, find_mistakes

NAMES = ("slurm_partition", "slurm_account", "gres")


def name_submissions(workflow: Any) -> None:
    """Give all submissions of this working folder a name in common, by which they are found."""
    plugin = workflow.executor_plugin
    if plugin is not None and plugin.name == "slurm":
        settings, name = workflow.executor_settings, name_jobs(Path.cwd())
        settings.jobname_prefix = "-".join(filter(None, [settings.jobname_prefix, name]))


def check_demands(dag: Any) -> None:
    """Check that the cluster has the partitions, devices and accounts that jobs ask for.

    Parameters
    ----------
    dag
        Snakemake's graph of jobs.

    Raises
    ------
    WorkflowError
        If it has not; the message names the keys, and the file to edit.
    """
    plugin = dag.workflow.executor_plugin
    if plugin is None or plugin.name != "slurm":
        return
    demands = {
        Demand(
            job.rule.name,
            *(str(job.resources.get(name, "")) for name in NAMES),
        )
        for job in dag.needrun_jobs()
        if not job.is_local
    }
    mistakes = find_mistakes(demands)
    if mistakes:
        raise WorkflowError("\n".join([f"Edit {_name_profile()}:", *mistakes]))


def _name_profile() -> str:
    """Name the file of the profile that the command line or the environment names."""
    words = sys.argv
    named = [words[k + 1] for k, word in enumerate(words[:-1]) if word == "--profile"]
    named += [word.split("=", 1)[1] for word in words if word.startswith("--profile=")]
    profile = [*named, os.environ.get("SNAKEMAKE_PROFILE", "")][0]
    return str(Path(profile, "config.yaml")) if profile else "your profile or command"
