"""`rapidmass convert-config FILE`: a configuration of an earlier version, as this one takes it.

Keys and families that have another name are written with it, in their places: comments, order and
layout stay. What has changed in more than its name is told, with what to write instead.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from rapidmass.config.moved_keys import MOVED_TAGS, find_moved, find_renamed
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.provenance.yaml_files import parse_yaml

TAGS = ("family", "kind")


class Change(NamedTuple):
    """A word to replace: where it stands, and by what."""

    start: int
    end: int
    path: str
    old: str
    new: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("file", type=Path, help="a configuration")
    parser.add_argument("-o", "--output", type=Path, help="where to write; else: the screen")


def run(chosen: argparse.Namespace) -> int:
    """Run the command; 1 if something is left for people to change."""
    text, notes, left = convert(chosen.file.read_text(encoding="utf-8"), str(chosen.file))
    if chosen.output is None:
        sys.stdout.write(text)
    else:
        with write_whole(chosen.output) as temporary:
            temporary.write_text(text, encoding="utf-8")
    sys.stderr.writelines(f"{note}\n" for note in [*notes, *left])
    return 1 if left else 0


def convert(text: str, origin: str) -> tuple[str, list[str], list[str]]:
    """Convert a configuration.

    Parameters
    ----------
    text
        YAML.
    origin
        What to call it in an error.

    Returns
    -------
    text : str
        With the names of today.
    notes : list of str
        What was replaced.
    left : list of str
        What people must change.

    Raises
    ------
    YamlError
        If it is no YAML.
    """
    parse_yaml(text, origin)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    changes: list[Change] = []
    left: list[str] = []
    for path, key, value in _walk(root, ""):
        changes += _list_changes(path, key, value)
        hint = find_moved(path.split("."))
        if hint and find_renamed(path) is None:
            left.append(f"{origin}: line {key.start_mark.line + 1}: {path}: {hint}")
    for change in sorted(set(changes), reverse=True):
        text = text[: change.start] + change.new + text[change.end :]
    notes = [f"{change.path}: {change.old} -> {change.new}" for change in sorted(set(changes))]
    return text, notes, left


def _walk(node: yaml.Node | None, path: str) -> Iterator[tuple[str, yaml.ScalarNode, yaml.Node]]:
    """Go through all keys: dotted path, the key itself, its value."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                inner = f"{path}.{key.value}" if path else str(key.value)
                yield inner, key, value
                yield from _walk(value, inner)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _walk(value, f"{path}.{number}")


def _list_changes(path: str, key: yaml.ScalarNode, value: yaml.Node) -> Iterator[Change]:
    if new := find_renamed(path):
        yield Change(key.start_mark.index, key.end_mark.index, path, str(key.value), new)
    if key.value in TAGS and isinstance(value, yaml.ScalarNode) and value.value in MOVED_TAGS:
        new = MOVED_TAGS[value.value]
        yield Change(value.start_mark.index, value.end_mark.index, path, str(value.value), new)
