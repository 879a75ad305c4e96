"""Draw the rooms of the library from their imports, as a graph for graphviz.

An arrow goes from a room to one that it uses. Where it uses one through another, too, the direct
arrow is left out.
"""

import sys
from collections.abc import Mapping

from rapidmass.provenance.code_digests import PACKAGE, find_imports

STYLE = """\
    rankdir=TB;
    node [shape=box, style="rounded,filled", fillcolor="#eef3f8", fontname="sans-serif"];
    edge [color="#557799"];"""


def list_rooms() -> dict[str, set[str]]:
    """List the rooms that each room uses."""
    uses: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.parent == PACKAGE:
            continue
        room = path.relative_to(PACKAGE).parts[0]
        used = {
            found.relative_to(PACKAGE).parts[0]
            for found in find_imports(path)
            if found.parent != PACKAGE
        }
        uses.setdefault(room, set()).update(used - {room})
    return uses


def reduce_graph(uses: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Leave out arrows that go through another room as well."""

    def reach(room: str) -> set[str]:
        return uses[room].union(*(reach(used) for used in uses[room]))

    return {
        room: {used for used in found if not any(used in reach(o) for o in found - {used})}
        for room, found in uses.items()
    }


def describe(room: str) -> str:
    """Say what a room is for, in its own words."""
    text = (PACKAGE / room / "__init__.py").read_text(encoding="utf-8")
    words, lines = text.split('"""')[1].rstrip(".\n").split(), [""]
    for word in words:
        lines[-1:] = [f"{lines[-1]} {word}".strip()] if len(lines[-1]) < 32 else [lines[-1], word]
    return "\\n".join(lines)


def write_graph() -> str:
    """Write the graph in the language of graphviz."""
    uses = list_rooms()
    rooms = [f'    {room} [label="{room}\\n{describe(room)}"];' for room in sorted(uses)]
    arrows = [
        f"    {room} -> {used};"
        for room, found in sorted(reduce_graph(uses).items())
        for used in sorted(found)
    ]
    return "\n".join(["digraph rooms {", STYLE, *rooms, *arrows, "}"])


if __name__ == "__main__":
    sys.stdout.write(f"{write_graph()}\n")
