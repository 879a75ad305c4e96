"""`rapidmass new FILE ...`: drafts of all that a search with one's own ntuples needs."""

import argparse
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir
from pathlib import Path

from rapidmass.commands.branches import recognise
from rapidmass.commands.check_format import inspect_file
from rapidmass.commands.drafts import (
    GUESS,
    DraftedFile,
    draft_config,
    draft_format,
    draft_samples,
    write_drafts,
)
from rapidmass.config.load import load_analysis, read_format
from rapidmass.config.names import check_unique
from rapidmass.ntuples.access.sources import Source
from rapidmass.provenance.addresses import is_address
from rapidmass.provenance.yaml_files import read_yaml

SNAKEFILE = Path(__file__).resolve().parents[4] / "Snakefile"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("files", nargs="*", help="ROOT files of background simulation")
    parser.add_argument("--signal", nargs="+", default=[], help="ROOT files of signals")
    parser.add_argument("--data", nargs="+", default=[], help="ROOT files of data")
    parser.add_argument("--name", default="my_search", help="of what is drafted (my_search)")
    parser.add_argument("--tree", help="name of the tree, if it is not found")
    parser.add_argument("--folder", type=Path, default=Path(), help="where config/ goes (here)")


def run(chosen: argparse.Namespace) -> int:
    """Run the command; 1 if the format that was drafted does not fit all files."""
    if not re.fullmatch(r"[A-Za-z0-9_]+", chosen.name):
        chosen.parser.error("--name takes letters, digits and _")
    if not chosen.files:
        chosen.parser.error("give at least one file of background simulation")
    found = recognise(chosen.files[0], chosen.tree)
    groups = {"background": chosen.files, "signal": chosen.signal, "data": chosen.data}
    files = _describe_files(groups, found.tree)
    texts = {
        "format": draft_format(found),
        "samples": draft_samples(chosen.name, files, found),
        "config": draft_config(chosen.name, files, found),
    }
    form, sheet, config = write_drafts(chosen.folder, chosen.name, texts)
    for path in (form, config):
        guesses = path.read_text(encoding="utf-8").count(GUESS)
        sys.stdout.write(f"drafted {path}: {guesses} places are guessed\n")
    sys.stdout.write(
        f"drafted {sheet}: all cross sections, sums of weights and luminosities are guessed\n\n"
    )
    with chdir(chosen.folder):
        own = Path("config", f"{chosen.name}.yaml")
        load_analysis(read_yaml(own), str(own))
    fits = _try_format(form, [*files.values()])
    sys.stdout.write(f"\nCorrect what is guessed; then: {_tell_run(chosen.folder, config)}\n")
    return 0 if fits else 1


def _describe_files(groups: Mapping[str, Sequence[str]], tree: str) -> dict[str, DraftedFile]:
    """Look into files by role; each becomes a sample, by its name."""
    check_unique([_name_sample(path) for paths in groups.values() for path in paths])
    files = {}
    for role, paths in groups.items():
        for path in paths:
            one = recognise(path, tree)
            place = path if is_address(path) else str(Path(path).resolve())
            files[_name_sample(path)] = DraftedFile(place, role, one.entries, one.kept_sum)
    return files


def _try_format(form: Path, files: Sequence[DraftedFile]) -> bool:
    """Tell what a format makes of the first file, and whether it fits the others."""
    settings, fits = read_format(form), True
    for place, one in enumerate(files):
        source, is_data = Source(one.path), one.role == "data"
        report, is_fitting = inspect_file(settings, source, is_data=is_data)
        fits &= is_fitting
        if place == 0:
            sys.stdout.write(report)
        elif not is_fitting:
            kind = " --data" if is_data else ""
            sys.stdout.write(f"{source}: {report.splitlines()[-1]}\n")
            sys.stdout.write(f"  rapidmass check-format {form} {source}{kind}  tells why\n")
    return fits


def _tell_run(folder: Path, config: Path) -> str:
    """Tell the command that runs a configuration, from the folder where one is now."""
    words = ["snakemake", "--cores", "2"]
    if Path("Snakefile").resolve() != SNAKEFILE and SNAKEFILE.exists():
        words += ["--snakefile", str(SNAKEFILE)]
    if folder != Path():
        words += ["--directory", str(folder)]
    return shlex.join([*words, "--configfile", str(config), "--replace-workflow-config"])


def _name_sample(path: str) -> str:
    return re.sub(r"\W+", "_", Path(path).name.removesuffix(".root")).strip("_")
