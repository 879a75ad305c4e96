"""Systematic variations: ntuple formats in which names stand for something else."""

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rapidmass.columnar.event_variables import suggest
from rapidmass.columnar.expressions import Expression
from rapidmass.columnar.grammar import parse
from rapidmass.columnar.syntax import get_name, list_operands, rebuild, write_canonically
from rapidmass.config.inputs.ntuple_format import NtupleFormat, Shift


def shift_format(settings: NtupleFormat, name: str) -> NtupleFormat:
    """Make the ntuple format of a systematic variation.

    Names are replaced in all expressions at once. In the replacing expressions, and in the factor
    on the weight, each name means what it meant before: an alias that another replacement would
    change is kept there as it was. The identity of events, what normalises a sample and the
    definitions of data stay.

    Parameters
    ----------
    settings
        The format, with the shift.
    name
        Name of the shift.

    Returns
    -------
    NtupleFormat
        Without shifts.

    Raises
    ------
    ValueError
        If the format has no such shift, or no expression uses a name that it replaces.
    """
    return shift_requirement(settings, name, None)[0]


def shift_requirement(
    settings: NtupleFormat, name: str, require: str | None
) -> tuple[NtupleFormat, str | None]:
    """Make the ntuple format of a variation, and say in its names which events a sample has.

    Parameters
    ----------
    settings, name
        As in `shift_format`.
    require
        Requirement on the events of a sample, over the names of the format, or None.

    Returns
    -------
    settings : NtupleFormat
        As from `shift_format`, with what the requirement needs.
    require : str or None
        It chooses the same events as without the shift.

    Raises
    ------
    ValueError
        As in `shift_format`.
    """
    if name not in settings.shifts:
        hint = suggest(name, settings.shifts)
        raise ValueError(f"the ntuple format has no shift {name!r}; {hint}")
    shift = settings.shifts[name]
    used = _list_used(settings)
    for replaced in shift.replace:
        if replaced not in used:
            raise ValueError(
                f"shift {name!r} replaces {replaced!r}, which no expression of the ntuple format "
                f"uses; {suggest(replaced, used)}"
            )
    kept = _name_kept(settings, shift, used, [] if require is None else [require])
    replacing = {key: _replace(text, kept) for key, text in shift.replace.items()}
    content = _change(settings, lambda text: _replace(text, replacing))
    for old, new in kept.items():
        if old in settings.aliases:
            content["aliases"][new] = _replace(settings.aliases[old], kept)
        else:
            texts = settings.alternatives[old]
            content["alternatives"][new] = [_replace(text, kept) for text in texts]
    if shift.weight != "1":
        factor, weights = _replace(shift.weight, kept), content["weights"]
        weights["scale_factors"] = f"({weights['scale_factors']}) * ({factor})"
    requirement = None if require is None else _replace(require, kept)
    return NtupleFormat.model_validate({**content, "shifts": {}}), requirement


def _list_used(settings: NtupleFormat) -> set[str]:
    texts: list[str] = []

    def note(text: str) -> str:
        texts.append(text)
        return text

    _change(settings, note)
    return _list_names(texts)


def _list_names(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for name in Expression(text).names}


def _name_kept(
    settings: NtupleFormat, shift: Shift, used: set[str], others: list[str]
) -> dict[str, str]:
    """Name the aliases that must be kept as they were: new names by old ones."""
    # an alias counts before alternatives of its name
    defined = settings.alternatives | {key: [text] for key, text in settings.aliases.items()}
    inner = {key: _list_names(texts) for key, texts in defined.items()}
    changed = set(shift.replace)  # and what uses them, directly or not
    while more := {key for key, names in inner.items() if names & changed} - changed:
        changed |= more
    needed: set[str] = set()
    waiting = _list_names([*shift.replace.values(), shift.weight, *others])
    while waiting:
        needed |= waiting
        waiting = {name for key in waiting for name in inner.get(key, ())} - needed
    kept = {}
    for key in sorted(needed & set(defined)):
        if inner[key] & changed:
            new = f"nominal_{key}"
            while new in {*defined, *settings.constants, *used, *needed}:
                new = f"nominal_{new}"
            kept[key] = new
    return kept


def _change(settings: NtupleFormat, change: Callable[[str], str]) -> dict[str, Any]:
    """Change all expressions of a format that describe simulated events."""
    content = settings.model_dump()
    trigger = content["trigger"]
    by_year = isinstance(trigger, Mapping)

    def change_all(texts: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
        return {**texts, **{key: change(texts[key]) for key in keys}}

    def change_block(block: Mapping[str, Any]) -> dict[str, Any]:
        attributes = change_all(block["attributes"], block["attributes"])
        momenta = [key for key, text in block.items() if key != "attributes" and text is not None]
        return {**change_all(block, momenta), "attributes": attributes}

    return content | {
        "aliases": change_all(settings.aliases, settings.aliases),
        "alternatives": {
            name: [change(text) for text in texts] for name, texts in settings.alternatives.items()
        },
        "collections": {
            name: change_block(block) for name, block in content["collections"].items()
        },
        "objects": {
            name: change_all(texts, ["where"]) for name, texts in content["objects"].items()
        },
        "met": change_block(content["met"]),
        "weights": change_all(content["weights"], ["generator", "scale_factors"]),
        "trigger": {
            **trigger,
            "year": change(trigger["year"]),
            "triggers": change_all(trigger["triggers"], trigger["triggers"]),
        }
        if by_year
        else change(trigger),
    }


def _replace(text: str, replacing: Mapping[str, str]) -> str:
    return write_canonically(_put(parse(text), replacing), text)


def _put(node: ast.expr, replacing: Mapping[str, str]) -> ast.expr:
    """Put expressions in the place of names; what is put there is not looked at again."""
    name = get_name(node)
    if name is not None:
        return parse(replacing[name]) if name in replacing else node
    return rebuild(node, [_put(operand, replacing) for operand in list_operands(node)])
