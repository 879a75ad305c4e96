"""The machine and the versions that numbers belong to."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

from benchmarks import environment
from benchmarks.environment import CORES, ROOT

PACKAGES = (
    "numpy",
    "numba",
    "awkward",
    "uproot",
    "pyarrow",
    "torch",
    "onnxruntime",
    "pandas",
    "snakemake",
)


def describe_machine() -> dict[str, str]:
    """Describe processor, memory and versions.

    Returns
    -------
    dict
        Texts by name; equal for measurements that can be compared.
    """
    versions = [f"{name} {found}" for name in PACKAGES if (found := _find_version(name))]
    return {
        "processor": f"{_read_field('/proc/cpuinfo', 'model name')}, {len(CORES)} cores",
        "memory": f"{int(_read_field('/proc/meminfo', 'MemTotal').split()[0]) / 2**20:.1f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "compiler": _run("g++", "--version").split("\n")[0] or "none",
        "Python": platform.python_version(),
        "packages": ", ".join(versions),
        "packages of peers": ", ".join(_list_peers()) or "not installed",
    }


def describe_moment() -> dict[str, str]:
    """Describe when and on what code, and how busy the machine is."""
    revision = _run("git", "describe", "--always", "--dirty") or "unknown"
    return {
        "date": _run("date", "--utc", "+%Y-%m-%d %H:%M UTC"),
        "revision": revision,
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def _list_peers() -> list[str]:
    places = [str(path) for path in environment.PEERS.glob("lib/python*/site-packages")]
    found = {d.name.replace("_", "-").lower(): d.version for d in distributions(path=places)}
    names = [text.partition("==")[0] for text in environment.PEER_PACKAGES]
    return [f"{name} {found[name]}" for name in names if name in found]


def _find_version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _read_field(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown"


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip()
