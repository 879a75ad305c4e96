import os
from itertools import zip_longest

import pytest

from workers.client import THREADS

# as in a job of one thread, before libraries read it: several workers share the cores
os.environ.update(dict.fromkeys(THREADS, "1"))

from synthetic_analysis import Analysis, describe_run, draw_products


def pytest_collection_modifyitems(items):
    """Begin with what takes longest: runs that work, and beside them those that wait for SLURM."""
    files = {}
    for item in items:
        files.setdefault(item.path, []).append(item)

    def choose(mark):
        found = [path for path, some in files.items() if some[0].get_closest_marker(mark)]
        return sorted(found, key=lambda path: -len(files[path]))

    first = [path for pair in zip_longest(choose("cluster"), choose("workflow")) for path in pair]
    order = dict.fromkeys([path for path in first if path] + list(files))
    items[:] = [item for path in order for item in files[path]]


@pytest.fixture(scope="session")
def analysis(tmp_path_factory):
    """Products and figures of one selection with one network."""
    folder = tmp_path_factory.mktemp("report") / "products"
    analysis = Analysis(folder, signals=("SUSY_450p300",)).write()
    draw_products(analysis)
    return analysis


@pytest.fixture
def run(analysis):
    """What the report tells of them."""
    return describe_run(analysis, analysis.folder)
