"""What changed between two requests, in the words of the configuration."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rapidmass.provenance.requests import Request

LONGEST = 60
"""Characters of a value that is shown in full."""


def describe_changes(before: Mapping[str, Any], now: Request) -> list[str]:
    """Describe what made a job's request another one.

    Parameters
    ----------
    before
        The request behind the product that there is, as `Request.describe` gave it.
    now
        What is asked for.

    Returns
    -------
    list
        One line each: settings, code, versions, files. If none of these changed, the inputs that
        were made in another way.
    """
    lines = [
        *_compare_settings(before["settings"], json.loads(now.settings)),
        *_compare_modules(before["modules"], now.modules),
        *_compare_versions(before["versions"], now.versions),
        *_compare_files(before["files"], now.files),
    ]
    return lines or list(_compare_products(before["products"], now.products))


def _compare_settings(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Compare settings by their paths in the configuration: two may have the same one."""
    lines = (
        f"{'.'.join(place) or name}: {text}"
        for name in sorted({*before, *now})
        for place, text in compare(before.get(name, {}), now.get(name, {}))
    )
    yield from dict.fromkeys(lines)


def compare(before: Any, now: Any) -> Iterator[tuple[tuple[str, ...], str]]:  # noqa: ANN401
    """Compare two blocks of JSON.

    Parameters
    ----------
    before, now
        The blocks. In a list whose members have names (`name`, `sample`, or their first entry),
        those of one name are compared.

    Yields
    ------
    place, text
        Keys that lead to the difference, and what it is: `1 -> 2`, `new`, `removed`.
    """
    if before == now:
        return
    old, new = _name_members(before), _name_members(now)
    if old is None or new is None:
        yield (), f"{_show(before)} -> {_show(now)}"
        return
    shared = [key for key in old if key in new]
    if shared != (turned := [key for key in new if key in old]):
        yield (), f"order {', '.join(shared)} -> {', '.join(turned)}"
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in new:
            yield (key,), "removed"
        elif key not in old:
            yield (key,), _show_new(new[key])
        else:
            for place, text in compare(old[key], new[key]):
                yield (key, *place), text


def _name_members(block: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """Give the members of a mapping, or of a list whose members have names; else None."""
    if isinstance(block, dict):
        return dict(sorted(block.items()))
    if not isinstance(block, list):
        return None
    if all(isinstance(member, str) for member in block):
        return dict.fromkeys(block) if len(set(block)) == len(block) else None
    names = [_find_name(member) for member in block]
    if None in names or len(set(names)) < len(names):
        return None
    rests = [member if isinstance(member, dict) else member[-1] for member in block]
    return dict(zip(map(str, names), rests, strict=True))


def _find_name(member: Any) -> str | None:  # noqa: ANN401
    if isinstance(member, dict):
        found = member.get("name", member.get("sample"))
    elif isinstance(member, Sequence) and not isinstance(member, str):
        # the last entry of such a row is what it says of those before
        found = ".".join(map(str, member[:-1])) or None
    else:
        return None
    return found if isinstance(found, str) else None


def _show(value: Any) -> str:  # noqa: ANN401
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _show_new(value: Any) -> str:  # noqa: ANN401
    return "new" if value is None or isinstance(value, dict | list) else f"new, {_show(value)}"


def _compare_modules(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            kind = "script" if name.endswith(".py") else "library module"
            how = "changed" if name in before and name in now else "used now"
            yield f"{kind} {name} {how if name in now else 'used no longer'}"


def _compare_versions(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*before, *now}):
        old, new = before.get(name, "not used"), now.get(name, "not used")
        if old != new:
            yield f"package {name}: {old} -> {new}"


def _compare_files(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*before, *now}):
        if name not in now:
            yield f"file {name} removed"
        elif name not in before:
            yield f"file {name} new"
        elif before[name] != now[name]:
            yield f"file {name} has other content"


def _compare_products(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for path in sorted({*before, *now}):
        if path not in now:
            yield f"{path} no longer goes in"
        elif path not in before:
            yield f"{path} goes in as well"
        elif before[path] != now[path]:
            yield f"{path} is made in another way"
