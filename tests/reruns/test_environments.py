"""Versions that a job will find: those installed here, or those that its environment pins."""

import re
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod, DeploymentSettings
from snakemake.sourcecache import infer_source_file

from rapidmass.provenance.code_digests import list_packages
from reruns.environments import list_versions

ROOT = Path(__file__).parents[2]
RULES = "\n".join(path.read_text() for path in sorted(ROOT.glob("workflow/rules/**/*.smk")))
DRAWINGS = sorted(ROOT.glob("workflow/src/rapidmass/studies/*/draw.py"))
SCRIPTS = sorted(set(re.findall(r"envs/(\w+)\.yaml.*?scripts/(\w+)\.py", RULES, re.S)))
ENVIRONMENT = """\
name: test
dependencies:
  - python=3.11
  - root_base==6.36.4
  - pip
  - pip:
      - Py_Thia8mc==8.317.2
      - numpy==2.4.6
      - torch>=2
"""


@pytest.fixture
def with_conda():
    """A workflow whose jobs run in conda environments."""
    settings = DeploymentSettings(deployment_method=frozenset({DeploymentMethod.CONDA}))
    return SimpleNamespace(deployment_settings=settings)


@pytest.fixture
def without_conda():
    return SimpleNamespace(deployment_settings=DeploymentSettings())


def make_job(path):
    return SimpleNamespace(conda_env=SimpleNamespace(file=infer_source_file(str(path))))


@pytest.fixture
def job(tmp_path):
    path = tmp_path / "test.yaml"
    path.write_text(ENVIRONMENT)
    return make_job(path)


def test_without_conda_it_is_what_is_installed(without_conda, job):
    assert list_versions(without_conda, job, ["numpy"]) == {"numpy": version("numpy")}


def test_with_conda_it_is_what_the_environment_pins(with_conda, job):
    """Conda's own packages and those for pip, however their names are written."""
    assert list_versions(with_conda, job, ["py-thia8mc"]) == {"py-thia8mc": "8.317.2"}
    assert list_versions(with_conda, job, iter(["python", "root_base", "numpy"])) == {
        "python": "3.11", "root_base": "6.36.4", "numpy": "2.4.6",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["torch", "awkward", "pip"])
def test_a_package_without_a_pin_is_an_error(with_conda, job, name):
    with pytest.raises(WorkflowError, match=rf"test\.yaml pins no version of {name}$"):
        list_versions(with_conda, job, ["numpy", name])


def test_a_package_that_is_not_installed_is_an_error(without_conda, job):
    with pytest.raises(WorkflowError, match="no-such-package is not installed"):
        list_versions(without_conda, job, ["no-such-package"])


@pytest.mark.parametrize(("env", "script"), SCRIPTS)
def test_every_script_gets_the_same_versions_either_way(with_conda, without_conda, env, script):
    job = make_job(ROOT / "envs" / f"{env}.yaml")
    # the script of sections loads them by name
    studies = [f"rapidmass.studies.{path.parent.name}.draw" for path in DRAWINGS]
    modules = studies if script == "draw_section" else []
    packages = list_packages(ROOT / "workflow" / "scripts" / f"{script}.py", modules)
    pinned = list_versions(with_conda, job, packages)
    installed = list_versions(without_conda, job, packages)
    assert pinned == {name: found.split("+")[0] for name, found in installed.items()}
    assert list(pinned) == packages
