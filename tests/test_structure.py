"""Imports run one way: each room of the library uses only those before it."""

import ast
import runpy
from pathlib import Path

import pytest

from rapidmass.provenance.code_digests import PACKAGE, find_imports

ROOMS = (
    "provenance", "columnar", "storage", "statistics", "representations", "config", "generator",
    "ntuples", "datasets", "models", "scores", "search", "plotting", "report", "studies",
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
    assert not list_tops(path.read_text()) & {"snakemake", "reruns"}


@pytest.mark.parametrize(
    "text",
    [
        "import snakemake",
        "import os, snakemake.io",
        "from snakemake.io import expand",
        "def f():\n    from reruns.judge import Judge\n",
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
    sources = [root / "Snakefile", *sorted((root / "workflow" / "rules").glob("*.smk"))]
    assert [path.name for path in sources if "reruns" in path.read_text()] == ["Snakefile"]
