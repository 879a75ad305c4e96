"""Import what scripts of the workflow import, and tell what that brought in."""

import ast
import sys
from pathlib import Path
from typing import Any

from benchmarks.environment import ROOT, serve

HEAVY = ("torch", "pandas", "matplotlib", "awkward", "uproot", "sklearn", "scipy", "numba")
SCRIPTS = ROOT / "workflow" / "scripts"


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Execute the imports at the head of the scripts."""
    sys.path.insert(0, str(SCRIPTS))
    for name in request["scripts"]:
        tree = ast.parse(Path(SCRIPTS, name).read_text(encoding="utf-8"))
        tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        exec(compile(tree, name, "exec"), {})  # noqa: S102
    heavy = [name for name in HEAVY if name in sys.modules]
    return {"modules": len(sys.modules), "heavy": heavy}


if __name__ == "__main__":
    serve(work)
