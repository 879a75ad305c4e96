"""Imports run one way: each room of the library uses only those before it."""

import ast
import re
import runpy
import sys
from pathlib import Path

import pytest

from rapidmass.provenance.code_digests import PACKAGE, find_imports
from sources import RULES

ROOMS = (
    "provenance", "columnar", "storage", "statistics", "representations", "config", "generator",
    "ntuples", "datasets", "models", "scores", "search", "plotting", "report", "studies",
    "results", "commands",
)  # fmt: skip
RANK = {room: rank for rank, room in enumerate(ROOMS)}
MODULES = sorted(PACKAGE.rglob("*.py"))
SCRIPTS = sorted((PACKAGE.parents[1] / "scripts").glob("*.py"))
RERUNS = sorted((PACKAGE.parent / "reruns").rglob("*.py"))


def get_room(path):
    return path.relative_to(PACKAGE).parts[0]


def list_used(path):
    """Modules that one imports; the package itself holds a version alone."""
    return {used for used in find_imports(path) if used != PACKAGE / "__init__.py"}


def list_tops(text):
    """First part of the name of every module that a source imports."""
    names = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module)
    return {name.split(".")[0] for name in names}


def find_circle(uses):
    """What is left of a graph once all that uses nothing, or only what was taken, is taken."""
    while free := {node for node, used in uses.items() if not used & set(uses)}:
        uses = {node: used for node, used in uses.items() if node not in free}
    return set(uses)


def test_every_module_is_in_a_room():
    assert {get_room(path) for path in MODULES if path.parent != PACKAGE} == set(ROOMS)
    assert [path.name for path in MODULES if path.parent == PACKAGE] == ["__init__.py"]


def test_a_folder_ties_no_two_jobs_together():
    """A package holds nothing that code digests would see."""
    for path in MODULES:
        if path.name == "__init__.py" and path.parent != PACKAGE:
            body = ast.parse(path.read_text()).body
            assert [type(node) for node in body] == [ast.Expr], path
            assert ast.get_docstring(ast.parse(path.read_text())), path


def test_no_room_uses_one_after_it():
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {used.relative_to(PACKAGE)}"
        for path in MODULES
        for used in list_used(path)
        if RANK[get_room(used)] > RANK[get_room(path)]
    ]
    assert wrong == []


def test_no_study_uses_another():
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {used.relative_to(PACKAGE)}"
        for path in MODULES
        if get_room(path) == "studies"
        for used in list_used(path)
        if get_room(used) == "studies" and used.parent != path.parent
        if used.name != "__init__.py"
    ]
    assert wrong == []


def test_the_picture_of_the_rooms_is_up_to_date():
    docs = PACKAGE.parents[2] / "docs"
    script = runpy.run_path(str(docs / "draw_architecture.py"))
    assert (docs / "architecture.dot").read_text() == f"{script['write_graph']()}\n", (
        "run `make docs`"
    )


def test_there_is_no_circle():
    uses = {
        path: {used for used in find_imports(path) if used.name != "__init__.py"}
        for path in MODULES
        if path.name != "__init__.py"
    }
    assert find_circle(uses) == set()


def test_there_is_no_circle_among_reruns():
    def list_modules(path):
        nodes = ast.walk(ast.parse(path.read_text()))
        return {node.module for node in nodes if isinstance(node, ast.ImportFrom)}

    modules = [path for path in RERUNS if path.stem != "__init__"]
    assert len(modules) > 3
    assert find_circle({f"reruns.{path.stem}": list_modules(path) for path in modules}) == set()


def test_a_circle_would_be_found():
    assert find_circle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {"a", "b", "c"}


@pytest.mark.parametrize("path", [*MODULES, *SCRIPTS], ids=lambda path: path.name)
def test_library_and_scripts_know_nothing_of_snakemake(path):
    assert not list_tops(path.read_text()) & {"snakemake", "reruns", "jobs", "workers"}


def test_jobs_use_the_library_and_names_of_snakemake_only():
    paths = sorted((PACKAGE.parent / "jobs").rglob("*.py"))
    assert len(paths) > 15
    known = {"jobs", "rapidmass", "snakemake", *sys.stdlib_module_names}
    for path in paths:
        assert list_tops(path.read_text()) <= known, path
        taken = re.findall(r"^(?:from|import) (snakemake\S*)", path.read_text(), re.M)
        assert set(taken) <= {"snakemake.exceptions", "snakemake.iocontainers"}, path
        assert len(path.read_text().splitlines()) < 400, path


def test_there_is_no_circle_among_jobs():
    def name(path):
        return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)

    def list_modules(path):
        nodes = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ImportFrom)]
        names = {node.module for node in nodes}
        return names | {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}

    paths = sorted((PACKAGE.parent / "jobs").rglob("*.py"))
    uses = {name(path): list_modules(path) for path in paths if path.stem != "__init__"}
    assert find_circle(uses) == set()


def list_rule_names(text):
    """What a rule file gives a name: rules, functions, values, and imports."""
    found = re.findall(r"^(?:rule|use rule \w+ as|def) (\w+)", text, re.M)
    found += re.findall(r"^(\w+)(?: = |\.update\(|\[)", text, re.M)
    found += [name for line in re.findall(r"^from \S+ import (.+)", text, re.M)
              for name in line.split(", ")]  # fmt: skip
    return found


def test_rule_files_hold_rules_only_and_share_no_name():
    names = []
    for path in RULES:
        text = path.read_text()
        assert re.findall(r"\b(?:def|lambda|class)\b|^\w+ = |results/|logs/", text) == [], path
        names += set(list_rule_names(text))
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_a_name_in_a_rule_file_would_be_found():
    text = "from a import b, c\nD = 1\ndef e(x):\n    f = 1\nrule g:\nuse rule g as h with:\n"
    assert sorted(list_rule_names(text)) == ["D", "b", "c", "e", "g", "h"]


@pytest.mark.parametrize(
    "text",
    [
        "import snakemake",
        "import os, snakemake.io",
        "from snakemake.io import expand",
        "def f():\n    from reruns.policy import RerunPolicy\n",
    ],
)
def test_an_import_of_snakemake_would_be_found(text):
    assert list_tops(text) & {"snakemake", "reruns"}


def test_reruns_use_provenance_only():
    """What decides on reruns must not depend on what it judges."""
    for path in RERUNS:
        for used in list_used(path):
            assert get_room(used) == "provenance", f"{path.name} imports {used}"


def test_only_the_snakefile_uses_reruns():
    root = Path(PACKAGE).parents[2]
    sources = [root / "Snakefile", *RULES]
    assert [path.name for path in sources if "reruns" in path.read_text()] == ["Snakefile"]
