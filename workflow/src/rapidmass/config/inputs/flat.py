"""Collections of which each member has branches of its own, written as lists in a format."""

from collections.abc import Mapping, Sequence
from typing import Any

KEYS = ("pt", "eta", "phi", "mass")
PRESENT = "present"


def join_members(content: Any) -> Any:  # noqa: ANN401
    """Write lists of expressions, one a member, as single expressions.

    Parameters
    ----------
    content
        An ntuple format, as it is read from YAML.

    Returns
    -------
    Any
        The same; where it has flat collections, with `members(...)` for their lists and for those
        of objects of them. What is no format is left to those who check it.

    Raises
    ------
    ValueError
        If lists of a collection do not go together; the message names it.
    """
    if not isinstance(content, Mapping) or not isinstance(content.get("collections"), Mapping):
        return content
    present: dict[str, list[str]] = {}
    collections = {}
    for name, block in content["collections"].items():
        collections[name] = block
        if isinstance(block, Mapping):
            found = _find_present(name, block)
            if found is not None:
                present[name] = found
                collections[name] = _join_block(f"collection {name}", block, found, KEYS)
                attributes = block.get("attributes")
                if isinstance(attributes, Mapping):
                    what = f"collection {name}, attributes"
                    joined = _join_block(what, attributes, found, list(attributes))
                    collections[name] = {**collections[name], "attributes": joined}
    whole = {**content, "collections": collections}
    if isinstance(content.get("objects"), Mapping):
        whole["objects"] = {
            name: _join_object(name, block, present) for name, block in content["objects"].items()
        }
    return whole


def _find_present(name: str, block: Mapping[str, Any]) -> list[str] | None:
    """Find out when the members of a flat collection are there; None of others."""
    momenta = block.get("pt")
    if not isinstance(momenta, Sequence) or isinstance(momenta, str):
        attributes = block.get("attributes")
        flat = {**block, **(attributes if isinstance(attributes, Mapping) else {})}
        lists = [key for key, text in flat.items() if isinstance(text, list)]
        if lists:
            raise ValueError(
                f"collection {name}: {lists[0]!r} is a list, one expression a member, and so must "
                "be 'pt'"
            )
        return None
    if not momenta:
        raise ValueError(f"collection {name}: 'pt' has no member")
    given = block.get(PRESENT)
    if given is None:
        return [f"({text}) > 0" for text in momenta]
    if not isinstance(given, list) or len(given) != len(momenta):
        raise ValueError(
            f"collection {name}: 'present' must be a list of {len(momenta)} expressions, as 'pt' is"
        )
    return [str(text) for text in given]


def _join_object(name: str, block: Any, present: Mapping[Any, list[str]]) -> Any:  # noqa: ANN401
    if not isinstance(block, Mapping) or not isinstance(block.get("where"), list):
        return block
    collection = block.get("collection")
    if collection not in present:
        raise ValueError(
            f"object {name}: 'where' is a list, one expression a member, and the collection "
            f"{collection!r} is not written so"
        )
    return _join_block(f"object {name}", block, present[collection], ("where",))


def _join_block(
    what: str, block: Mapping[str, Any], present: list[str], keys: Sequence[str]
) -> dict[str, Any]:
    joined = {key: text for key, text in block.items() if key != PRESENT}
    for key in keys:
        texts = block.get(key)
        if not isinstance(texts, list):
            continue  # one expression for all members
        if len(texts) != len(present):
            raise ValueError(
                f"{what}: {key!r} has {len(texts)} expressions for {len(present)} members"
            )
        # in parentheses a text is one expression, or none
        pairs = (f"({there}), ({text})" for there, text in zip(present, texts, strict=True))
        joined[key] = f"members({', '.join(pairs)})"
    return joined
