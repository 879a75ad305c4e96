"""Small real samples that several test files read."""

from pathlib import Path

import pytest

from rapidmass.config.inputs.generator import GeneratorSettings
from rapidmass.config.inputs.processes import Process, read_processes
from rapidmass.generator.generate import generate

pytest.importorskip("pythia8mc", reason="needs rapidmass[generator]")
pytest.importorskip("fastjet", reason="needs rapidmass[generator]")


@pytest.fixture(scope="session")
def processes():
    """The demo's processes, with events as often as nature makes them."""
    found = read_processes(Path(__file__).parents[2] / "config" / "processes.yaml")
    plain = {"enrichment": None}
    return {name: process.model_copy(update=plain) for name, process in found.items()}


@pytest.fixture(scope="session")
def settings():
    return GeneratorSettings()


@pytest.fixture(scope="session")
def make_sample(settings):
    """Generate a sample of a process with few arguments."""

    def make(process: Process, output: Path, *, events: int = 200, sample="Zee", seed=1, first=1):
        return generate(
            process,
            settings,
            sample=sample,
            events=events,
            seed=seed,
            first_event=first,
            output=output,
        )

    return make


@pytest.fixture(scope="session")
def zee(processes, make_sample, tmp_path_factory):
    """Path and summary of a Z -> ee sample."""
    path = tmp_path_factory.mktemp("zee") / "Zee.root"
    return path, make_sample(processes["Zee"], path, events=800, first=1001)
