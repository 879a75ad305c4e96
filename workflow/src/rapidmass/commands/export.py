"""`rapidmass export`: a run in the forms that others take.

HEPData, ROOT histograms, workspaces of pyhf, a PDF of the main figures, networks with an example.
"""

import argparse
import sys
from pathlib import Path

from rapidmass.results.export import export_results
from rapidmass.results.reading import open_results


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("results", type=Path, nargs="?", default=Path("results"), help="of a run")
    parser.add_argument("-o", "--output", type=Path, default=Path("export"), help="a new folder")


def run(chosen: argparse.Namespace) -> int:
    """Run the command."""
    told = export_results(open_results(chosen.results), chosen.output)
    sys.stdout.writelines(f"{chosen.output}/{line}\n" for line in told)
    return 0
