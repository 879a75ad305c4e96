"""The environment is the one that is written down, everywhere the same."""

import ast
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import html5lib
import pytest
import yaml

from rapidmass.provenance.code_digests import PACKAGE, READERS, list_packages, reach_sources
from rapidmass.provenance.requests import list_versions

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "workflow" / "scripts"


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


def list_scripts():
    """Script and environment of every rule."""
    pattern = re.compile(r"^rule \w+:.*?envs/(\w+)\.yaml.*?scripts/(\w+\.py)", re.M | re.S)
    for path in sorted((ROOT / "workflow/rules").rglob("*.smk")):
        yield from ((script, env) for env, script in pattern.findall(path.read_text()))


def list_families(script):
    """Modules that a script loads by name."""
    baselines = "models/baselines/*.py"
    patterns = {
        "train.py": "models/networks/*.py",
        "fit_baseline.py": baselines,
        "score_baseline.py": baselines,
        "draw_section.py": "studies/*/draw.py",
    }
    paths = sorted(PACKAGE.glob(patterns[script])) if script in patterns else []
    return [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in paths
    ]


@cache
def list_owners():
    return packages_distributions()


@cache
def find_packages_of(path):
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module]
        tops = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names)
        found |= {normalise(list_owners()[top][0]) for top in tops if top in list_owners()}
    return found


def find_packages(script):
    """Packages from elsewhere that a script imports, itself or through the library."""
    reached = reach_sources(SCRIPTS / script, list_families(script))
    paths = reached | reach_sources(SCRIPTS / "_job.py")
    return set().union(*map(find_packages_of, paths)) - {PACKAGE.name}


@pytest.mark.parametrize(("script", "env"), sorted(set(list_scripts())))
def test_an_environment_has_what_its_scripts_import(script, env):
    content = yaml.safe_load((ROOT / "envs" / f"{env}.yaml").read_text())
    pins = read_pins(content["dependencies"][-1]["pip"])
    assert find_packages(script) <= set(pins)


def test_packages_are_found():
    assert {"numpy", "pyarrow", "pydantic", "uproot"} <= find_packages("build_shard.py")


@pytest.mark.parametrize("script", sorted({script for script, _ in list_scripts()}))
def test_what_a_script_imports_has_the_name_under_which_it_is_installed(script):
    """Versions are asked for by the names of imports."""
    packages = list_packages(SCRIPTS / script, list_families(script))
    assert list(list_versions(packages)) == packages
    assert {normalise(name) for name in packages} <= find_packages(script) - READERS


def test_every_rule_with_a_script_has_an_environment():
    for path in (ROOT / "workflow" / "rules").rglob("*.smk"):
        text = path.read_text()
        scripts, heirs = text.count("script:"), text.count("\nuse rule ")
        assert scripts == text.count("conda:") == text.count("benchmark:") - heirs, path
        for name in re.findall(r"envs/(\w+)\.yaml", text):
            assert (ROOT / "envs" / f"{name}.yaml").is_file()


def test_the_site_of_the_documentation_is_built_and_its_links_are_alive(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = sorted(tmp_path.rglob("index.html"))
    assert len(pages) >= 11
    for page in pages:
        found = html5lib.parse(page.read_text(), namespaceHTMLElements=False)
        for link in found.iterfind(".//article//a"):
            address = link.get("href", "#").partition("#")[0]
            inside = address and "://" not in address
            assert not inside or (page.parent / address).resolve().exists(), (page, address)
        # nothing is fetched from elsewhere when a page is opened
        loaded = [e.get("src") for e in found.iterfind(".//script") if e.get("src")]
        loaded += [e.get("href") for e in found.iterfind(".//link[@rel='stylesheet']")]
        assert loaded
        assert not [address for address in loaded if address.startswith(("http", "//"))]
