"""Measure some sections, or all: `python -m benchmarks [SECTION ...]`."""

import argparse
import importlib
import os
import subprocess
import sys
from pathlib import Path

from benchmarks import environment
from benchmarks.environment import CACHE, HERE, INSTALL, PEERS
from benchmarks.machine import describe_machine, describe_moment
from benchmarks.options import Options
from benchmarks.results import render, write_findings
from benchmarks.scaling import PAGE, write_page

# in the order of the chain
SECTIONS = (
    "kernel",
    "stage",
    "neighbours",
    "reader",
    "images",
    "megasets",
    "loader",
    "training",
    "processes",
    "classifiers",
    "scoring",
    "memory",
    "startup",
    "workflow",
)
# asked for by name: they need a cluster, or a graphics processor
ELSEWHERE = ("submissions", "gpu")
PAGES = {
    "RESULTS.md": (
        "Measured speed",
        f"`{INSTALL}` once, then `python -m benchmarks`",
        [*SECTIONS, "submissions"],
    ),
    "GPU.md": ("Measured on a graphics processor", "`python -m benchmarks gpu`", ["gpu"]),
}


def main() -> None:
    """Do what the command line says."""
    arguments = _read_arguments()
    if arguments.install_peers:
        environment.install_peers()
    elif arguments.inside:
        _measure(arguments)
    else:
        asked = arguments.sections or SECTIONS
        if "gpu" in asked:
            importlib.import_module("benchmarks.gpu").check_device(arguments.device)
        failed = [name for name in asked if not _succeeds(name)]
        for page, (title, remake, sections) in PAGES.items():
            if set(asked) & set(sections):
                render(title, remake, sections, arguments.output / page)
                print(f"Written: {arguments.output / page}")
        if arguments.output == HERE and write_page(HERE / "results"):
            print(f"Written: {PAGE}")
        if failed:
            sys.exit(f"failed: {', '.join(failed)}")


def _succeeds(section: str) -> bool:
    """Measure a section in a process of its own: what was measured before left nothing there."""
    command = [sys.executable, "-m", "benchmarks", "--inside", section, *sys.argv[1:]]
    return subprocess.run(command, check=False).returncode == 0


def _measure(arguments: argparse.Namespace) -> None:
    section = arguments.inside
    moment = describe_moment()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    environment.pin(1)
    os.environ["NUMBA_CACHE_DIR"] = environment.KERNELS
    # modules are compiled once, as they are where nobody forbids it
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    options = Options(
        arguments.events,
        arguments.repeats,
        arguments.quick,
        arguments.large,
        arguments.cache,
        arguments.device,
        arguments.minutes,
        tuple(arguments.kinds),
        arguments.output,
    )
    print(f"{section} ...", flush=True)
    findings = importlib.import_module(f"benchmarks.{section}").measure(options)
    told = {
        "command": _write_command(arguments),
        "machine": describe_machine(),
        "moment": moment,
    }
    write_findings(section, findings, told, arguments.output)


def _write_command(arguments: argparse.Namespace) -> str:
    words = ["python -m benchmarks", arguments.inside]
    numbers = {name: getattr(arguments, name) for name in ("events", "repeats", "minutes")}
    words += [f"--{name} {value}" for name, value in numbers.items() if value is not None]
    words += [f"--device {arguments.device}"] if arguments.inside == "gpu" else []
    words += [f"--{name}" for name in ("quick", "large") if getattr(arguments, name)]
    words += ["--kinds", *arguments.kinds] if arguments.kinds else []
    return " ".join(words)


def _read_arguments() -> argparse.Namespace:
    every = [*SECTIONS, *ELSEWHERE]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*every, []], metavar="SECTION")
    parser.add_argument("--events", type=int, help="events instead of a section's own number")
    parser.add_argument("--repeats", type=int, help="rounds instead of a section's own number")
    parser.add_argument(
        "--minutes", type=int, help="after these the section memory begins nothing more"
    )
    parser.add_argument(
        "--kinds", nargs="+", default=[], help="jobs that the section memory measures; others stay"
    )
    parser.add_argument("--quick", action="store_true", help="only show that everything works")
    parser.add_argument("--large", action="store_true", help="also what takes long")
    parser.add_argument(
        "--device", choices=("cuda", "cpu"), default="cuda", help="what the section gpu measures"
    )
    parser.add_argument("--output", type=Path, default=HERE, help="folder of the pages")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of what is kept")
    parser.add_argument("--peers", type=Path, default=PEERS, help="environment of the peers")
    parser.add_argument(
        "--install-peers", action="store_true", help="what other packages are compared with"
    )
    parser.add_argument("--inside", choices=every, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    environment.PEERS = arguments.peers
    if not environment.has_peers() and not (arguments.install_peers or arguments.inside):
        print(f"Some peers are not installed and will be skipped: {INSTALL}")
    return arguments


if __name__ == "__main__":
    main()
