"""YAML files, read so that nothing in them is lost or misread without a word."""

import re
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import yaml

DEEPEST = 60  # blocks within blocks
LARGEST = 200_000  # values, with every alias written out
LONGEST = 5_000_000  # bytes of a file
SHOWN = 60  # characters of a value
INT, FLOAT, MERGE = "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:merge"
# what PyYAML lets through of values that are not of their !!type, or are none: a 30th of February
UNREADABLE = (ValueError, KeyError, IndexError, AttributeError, OverflowError, TypeError)
OCTAL = re.compile(r"[-+]?0[0-7_]+")
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, faster


class YamlError(ValueError):
    """A YAML file that cannot be used; the message names file, line and what to correct."""


def read_yaml(path: Path) -> Any:  # noqa: ANN401
    """Read a YAML file.

    Parameters
    ----------
    path
        The file: UTF-8, one document; JSON is YAML too.

    Returns
    -------
    object
        Mappings, lists and values.

    Raises
    ------
    YamlError
        If it is no YAML, writes a key twice in one block, has numbers that YAML takes for others
        than people do (`010`, `60:30`), or unfolds without end.
    """
    content = path.read_bytes()
    if len(content) > LONGEST:
        raise YamlError(f"{path} has {len(content)} bytes: that is no file of settings")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise YamlError(
            f"{path} is not encoded in UTF-8 (byte {error.start}); save it in that encoding"
        ) from None
    return parse_yaml(text, str(path))


def parse_yaml(text: str, origin: str) -> Any:  # noqa: ANN401
    """Read a YAML document.

    Parameters
    ----------
    text
        The document.
    origin
        What to call it in an error.

    Returns
    -------
    object
        Mappings, lists and values.

    Raises
    ------
    YamlError
        As `read_yaml`.
    """
    if text.lstrip().startswith("{"):
        text = text.replace("\t", " ")  # JSON may be indented by tabs
    try:
        _check_depth(text, origin)
        loader = Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            _Check(loader, origin).measure(node)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except YamlError:
        raise
    except yaml.YAMLError as error:
        raise YamlError(
            f"{origin} is no valid YAML: {error}; indent with blanks, and put expressions with "
            "commas or colons in quotation marks"
        ) from None
    except (*UNREADABLE, RecursionError) as error:
        raise YamlError(f"{origin} has a value that cannot be read: {error}") from None


def _check_depth(text: str, origin: str) -> None:
    """Refuse deep nesting before anything follows it down."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            line = _get_line(event)
            raise YamlError(f"{origin}, line {line}: more than {DEEPEST} blocks within each other")


class _Check:
    """Looks through a document before it is unfolded."""

    def __init__(self, loader: Any, origin: str) -> None:  # noqa: ANN401
        self._loader = loader
        self._origin = origin
        self._known: dict[yaml.Node, tuple[int, int]] = {}
        self._open: set[yaml.Node] = set()

    def measure(self, node: yaml.Node, key: str = "") -> tuple[int, int]:
        """Count the values of a block and its levels, aliases written out."""
        if node in self._open:
            raise self._refuse(node, key, "contains itself: write out what is meant")
        if node not in self._known:
            self._open.add(node)
            parts = [self.measure(*part) for part in self._list_parts(node, key)]
            self._open.remove(node)
            size = 1 + sum(size for size, _ in parts)
            depth = 1 + max((depth for _, depth in parts), default=0)
            if size > LARGEST or depth > DEEPEST + 1:
                raise self._refuse(
                    node, key, f"unfolds to {size} values at {depth} levels: use less of *aliases"
                )
            self._known[node] = size, depth
        return self._known[node]

    def _list_parts(self, node: yaml.Node, key: str) -> Iterator[tuple[yaml.Node, str]]:
        """List what is in a block, with the keys that lead there."""
        if isinstance(node, yaml.MappingNode):
            self._check_keys(node, key)
            yield from ((value, f"{key}.{name.value}") for name, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            yield from ((item, f"{key}.{index}") for index, item in enumerate(node.value))
        else:
            self._read_value(node, key)

    def _check_keys(self, node: yaml.MappingNode, key: str) -> None:
        lines: dict[Hashable, int] = {}
        for name, _ in node.value:
            path = f"{key}.{name.value}"
            if not isinstance(name, yaml.ScalarNode):
                raise self._refuse(name, key, "has a block for a key: put it in quotation marks")
            # equal as keys of a dictionary, however they are written
            known = name.tag if name.tag == MERGE else self._read_value(name, path)
            if known in lines:
                reason = f"is written twice, in line {lines[known]} too: remove one"
                raise self._refuse(name, path, reason)
            lines[known] = _get_line(name)

    def _read_value(self, node: yaml.Node, key: str) -> Any:  # noqa: ANN401
        self._check_number(node, key)
        try:
            return self._loader.construct_object(node)
        except UNREADABLE as error:
            kind = node.tag.removeprefix("tag:yaml.org,2002:")
            text = node.value if len(node.value) <= SHOWN else node.value[:SHOWN] + "..."
            reason = f"is {text!r}, which cannot be read as {kind} ({error})"
            raise self._refuse(node, key, f"{reason}: put text in quotation marks") from None

    def _check_number(self, node: yaml.Node, key: str) -> None:
        text = node.value
        if node.tag in (INT, FLOAT) and ":" in text:
            reason = f"is {text}, which YAML reads in base 60: put text in quotation marks"
            raise self._refuse(node, key, reason)
        if node.tag == INT and OCTAL.fullmatch(text):
            reason = f"is {text}, which YAML reads in base 8: leave out the zero in front"
            raise self._refuse(node, key, f"{reason}, or put text in quotation marks")

    def _refuse(self, node: yaml.Node, key: str, reason: str) -> YamlError:
        name = key.removeprefix(".")
        place = f"{self._origin}, line {_get_line(node)}"
        return YamlError(f"{place}: {name}{' ' if name else ''}{reason}")


def _get_line(place: Any) -> int:  # noqa: ANN401
    """Get the line of a node or an event, from 1."""
    return int(place.start_mark.line) + 1
