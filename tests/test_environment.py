"""The environment is the one that is written down, everywhere the same."""

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]


def normalise(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(lines):
    return {normalise(n): v for n, v in (line.strip().split("==") for line in lines)}


LOCK = read_pins((ROOT / "requirements.lock").read_text().split())


def test_everything_installed_is_locked_at_its_version():
    installed = {normalise(d.name): d.version.split("+")[0] for d in distributions()}
    for own in ("rapidmass", "pip", "setuptools"):
        installed.pop(own, None)
    assert {n: v for n, v in installed.items() if LOCK.get(n) != v} == {}


def test_torch_is_pinned_without_a_build():
    assert LOCK["torch"] == "2.13.0"


@pytest.mark.parametrize("path", sorted((ROOT / "envs").glob("*.yaml")), ids=lambda p: p.stem)
def test_conda_environments_have_the_locked_versions(path):
    *_, pip = yaml.safe_load(path.read_text())["dependencies"]
    pins = read_pins(pip["pip"])
    assert pins == {name: LOCK[name] for name in pins}


def test_every_rule_with_a_script_has_an_environment():
    for path in (ROOT / "workflow" / "rules").glob("*.smk"):
        text = path.read_text()
        assert text.count("script:") == text.count("conda:") == text.count("benchmark:"), path
        for name in re.findall(r"envs/(\w+)\.yaml", text):
            assert (ROOT / "envs" / f"{name}.yaml").is_file()
