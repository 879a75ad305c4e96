"""Source code of scripts, library and rules, for tests that read it."""

import ast
from pathlib import Path

from rapidmass.provenance.code_digests import PACKAGE

ROOT = Path(__file__).parents[1]
JOB = ROOT / "workflow" / "scripts" / "_job.py"
SHARED = sorted(JOB.parent.glob("_*.py"))
SCRIPTS = sorted(set(JOB.parent.glob("*.py")) - set(SHARED))
LIBRARY = sorted(PACKAGE.rglob("*.py"))
RULES = sorted((ROOT / "workflow" / "rules").rglob("*.smk"))


def read(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name_dotted(node):
    """`a.b.c`, or None for anything else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def list_uses(tree, name):
    """Longest dotted names that begin with a name, wherever it is used."""
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    outer = (node for node in ast.walk(tree) if isinstance(node, ast.expr))
    found = [name_dotted(node) for node in outer if id(node) not in inner]
    return [use for use in found if use and use.split(".")[0] == name]
