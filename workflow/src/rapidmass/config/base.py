"""What every section of the configuration has in common."""

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, model_validator

Whole = Annotated[int, Field(ge=0, le=1_000_000_000)]
"""A number of things: what is larger can only be a mistake."""
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
"""Such a number that is not 0."""
Luminosity = Annotated[float, Field(gt=0, le=1e12)]
"""In pb^-1: what is larger no collider has."""


def sort_keys(content: object) -> object:
    """Sort the keys of mappings, at every depth, so that the order in a file says nothing.

    Parameters
    ----------
    content
        Mappings, lists and values, as YAML gives them.

    Returns
    -------
    object
        The same content. Lists keep their order, and values are what they were.
    """
    if isinstance(content, Mapping):
        # keys of several types can become equal in validation: the type decides which one is last
        keys = sorted(content, key=lambda key: (str(key), type(key).__name__))
        return {key: sort_keys(content[key]) for key in keys}
    if isinstance(content, list):
        return [sort_keys(item) for item in content]
    return content


def _read_float(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError(f"a number is meant here, not yes or no (it is {value})")
    return value


def _read_int(value: object) -> object:
    """Read 1e5, which YAML takes for text, and 5.0 as the whole numbers that they are."""
    value = _read_float(value)
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        if "e" in value.lower() and math.isfinite(number) and number.is_integer():
            return int(number)
    return value


READERS: Mapping[str, Callable[[object], object]] = {"int": _read_int, "float": _read_float}


def _guard_numbers(schema: Any) -> Any:  # noqa: ANN401
    """Put a reader before every number of a schema: pydantic takes `true` for 1."""
    if isinstance(schema, list | tuple):
        return type(schema)(_guard_numbers(part) for part in schema)
    if not isinstance(schema, dict) or _is_guarded(schema):
        return schema
    # what is beside the schemas of the parts is none: defaults, annotations
    inner = {
        key: part if key in ("metadata", "default", "serialization") else _guard_numbers(part)
        for key, part in schema.items()
    }
    reader = READERS.get(str(schema.get("type")))
    if reader is None or "schema" in schema:
        return inner
    function = {"type": "no-info", "function": reader}
    return {"type": "function-before", "function": function, "schema": inner}


def _is_guarded(schema: Mapping[str, Any]) -> bool:
    function = schema.get("function")
    return isinstance(function, Mapping) and function.get("function") in READERS.values()


class Section(BaseModel):
    """A block of the configuration: unknown keys are refused, values do not change.

    The order of keys is lost. Defaults are validated, so that one that is written out is the same
    as one that is left out. Numbers are finite, and no yes or no.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False
    )

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> Any:  # noqa: ANN401
        return _guard_numbers(handler(source))

    @model_validator(mode="before")
    @classmethod
    def _sort_keys(cls, content: object) -> object:
        return sort_keys(content)
