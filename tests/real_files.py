"""Public files of four kinds, with the ntuple format that reads each."""

from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared/data/real"
FORMATS = ROOT / "config/ntuples"
FOLDERS = {
    "atlas_open_data_2020": "atlas-open-data-2020-13tev",
    "atlas_open_data_2025": "atlas-open-data-2025-13tev",
    "cms_heptutorial": "cms-heptutorial-7tev",
    "cms_nanoaod": "cms-nanoaod",
}
DATA = ("data_A", "data_B", "data_C", "nano_dimuon", "ODEO_FEB2025_v0_exactly4lep_data15")


class RealFile(NamedTuple):
    """A file, the name of its format, and whether it holds data."""

    path: Path
    format: str
    is_data: bool


def list_files():
    """List the files that are there."""
    return [
        RealFile(path, name, path.name.startswith(DATA))
        for name, folder in FOLDERS.items()
        for path in sorted((REAL / folder).glob("*.root"))
    ]


def find_file(start):
    """Find the file whose name begins so; skip the test if it is not there."""
    found = [file for file in list_files() if file.path.name.startswith(start)]
    if not found:
        pytest.skip(f"there is no file {start}* below {REAL}")
    (file,) = found
    return file


def find_other(start):
    """Find a file of another kind, for which a test has a format; skip the test without it."""
    found = sorted((REAL / "other").glob(f"{start}*.root"))
    if not found:
        pytest.skip(f"there is no file {start}* below {REAL / 'other'}")
    (path,) = found
    return path
