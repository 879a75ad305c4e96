"""Runs for the tests of this folder."""

import shutil

import pytest

from runs import ROOT, Run, make_config, make_tiny_events, start_tiny, write_samples, write_tiny


@pytest.fixture
def tiny(tmp_path):
    return start_tiny(tmp_path)


@pytest.fixture(scope="session")
def make_tiny(copy_checkout):
    """Make a small run on files of its own, with a checkout of its own."""

    def make(folder):
        run = start_tiny(folder)
        run.checkout = copy_checkout()
        return run

    return make


@pytest.fixture(scope="session")
def copy_checkout(tmp_path_factory):
    """Copy what a run needs of this checkout, so that its code can be edited."""

    def copy():
        checkout = tmp_path_factory.mktemp("checkout")
        shutil.copy(ROOT / "Snakefile", checkout)
        for name in ("workflow", "config", "profiles", "envs"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, checkout / name, ignore=ignored)
        return checkout

    return copy


@pytest.fixture
def write_rows():
    return write_samples


@pytest.fixture
def write_root():
    return write_tiny


@pytest.fixture
def tiny_events():
    return make_tiny_events


@pytest.fixture(scope="session")
def start_run(tmp_path_factory):
    """Make a working folder of its own for a configuration."""

    def start(name, rows, **changes):
        folder = tmp_path_factory.mktemp(name)
        write_samples(folder, rows)
        return Run(folder, make_config(**changes))

    return start
