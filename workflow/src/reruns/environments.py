"""Versions of packages in the environment that a job will run in."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod

from rapidmass.provenance import requests
from rapidmass.provenance.yaml_files import read_yaml

PIN = re.compile(r"([A-Za-z0-9_.-]+)={1,2}([A-Za-z0-9_.+!-]+)")


def list_versions(workflow: Any, job: Any, packages: Iterable[str]) -> Mapping[str, str]:
    """List the versions that a job will find.

    Parameters
    ----------
    workflow
        Snakemake's workflow: it knows whether jobs run in conda environments.
    job
        The job.
    packages
        Names of packages.

    Returns
    -------
    Mapping
        Version by name: the pins of the job's environment file, or what is installed here.
    """
    names = tuple(packages)
    if DeploymentMethod.CONDA not in workflow.deployment_settings.deployment_method:
        return _list_installed(names)
    pins = _read_pins(Path(str(job.conda_env.file)))
    missing = [name for name in names if _normalise(name) not in pins]
    if missing:
        raise WorkflowError(f"{job.conda_env.file} pins no version of {', '.join(missing)}")
    return {name: pins[_normalise(name)] for name in names}


@cache
def _list_installed(names: tuple[str, ...]) -> dict[str, str]:
    try:
        return requests.list_versions(names)
    except ValueError as error:
        raise WorkflowError(str(error)) from None


@cache
def _read_pins(path: Path) -> dict[str, str]:
    """Read the versions that a conda environment file pins, those for pip as well."""
    entries = read_yaml(path)["dependencies"]
    lines = [entry for entry in entries if isinstance(entry, str)]
    lines += [line for entry in entries if isinstance(entry, dict) for line in entry["pip"]]
    found = (PIN.fullmatch(line.strip()) for line in lines)
    return {_normalise(match[1]): match[2] for match in found if match}


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
