"""The documentation of the configuration, written from its model, and schemas for editors.

Run as `python -m rapidmass.config.reference config`, it writes `README.md`, `schema.json` and
`ntuple-schema.json` into that folder.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from rapidmass.columnar.functions import FUNCTIONS
from rapidmass.columnar.kinematics import VECTOR_FUNCTIONS
from rapidmass.config.base import Section
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.processes import Process
from rapidmass.config.inputs.samples import Sample
from rapidmass.config.models.autoencoder import Autoencoder
from rapidmass.config.models.baseline import Variable
from rapidmass.config.models.discriminator import Discriminator
from rapidmass.config.models.fitted_baseline import (
    Density,
    IsolationForest,
    Neighbours,
    PrincipalComponents,
    Shuffled,
)
from rapidmass.config.models.flow import Flow
from rapidmass.config.models.masked_autoencoder import MaskedAutoencoder
from rapidmass.config.models.masked_objects import MaskedObjects
from rapidmass.config.models.one_class import OneClass
from rapidmass.config.models.student import Student
from rapidmass.config.models.vae import VariationalAutoencoder
from rapidmass.config.reference_text import (
    EXPRESSIONS,
    INTRODUCTION,
    MINIMAL_CONFIG,
    MINIMAL_SHEET,
    NTUPLES,
    VARIABLES,
)
from rapidmass.config.representations.image import ImageSettings
from rapidmass.config.representations.objects import ObjectsSettings
from rapidmass.config.representations.rmm import MatrixSettings
from rapidmass.config.representations.sequence import SequenceSettings
from rapidmass.config.representations.table import TableSettings
from rapidmass.config.root import Config
from rapidmass.config.studies.altered_events import Noise, ScalePt, Shuffle, Swap

NAMES = {
    str: "text",
    float: "number",
    int: "integer",
    bool: "yes or no",
    Path: "path",
    date: "date",
}
# Blocks of which each kind has keys of its own.
APART: Mapping[type[Section], str] = MappingProxyType(
    {
        **dict.fromkeys(
            (MatrixSettings, TableSettings, ImageSettings, SequenceSettings, ObjectsSettings),
            "Representation",
        ),
        **dict.fromkeys(
            (
                Autoencoder,
                VariationalAutoencoder,
                MaskedAutoencoder,
                MaskedObjects,
                Discriminator,
                OneClass,
                Flow,
                Student,
            ),
            "Network family",
        ),
        **dict.fromkeys(
            (Variable, PrincipalComponents, IsolationForest, Density, Neighbours, Shuffled),
            "Baseline",
        ),
        **dict.fromkeys((ScalePt, Shuffle, Swap, Noise), "Alteration"),
    }
)
# Which model a file with the schema of a kind of YAML file shows.
SCHEMAS: Mapping[str, type[Section]] = MappingProxyType(
    {"schema.json": Config, "ntuple-schema.json": NtupleFormat}
)


def document_config() -> str:
    """Write the documentation of the whole configuration.

    Returns
    -------
    str
        Markdown.
    """
    seen = set(APART)
    parts = [
        INTRODUCTION,
        NTUPLES.format(minimal_config=MINIMAL_CONFIG, minimal_sheet=MINIMAL_SHEET),
        *_document("config.yaml", Config, 2, seen),
        *(part for model in APART for part in _document(_name_apart(model), model, 3, seen)),
        *_document("Sample sheet", Sample, 2, seen),
        *_document("Ntuple format", NtupleFormat, 2, seen),
        EXPRESSIONS.format(functions="`, `".join(sorted(FUNCTIONS))),
        VARIABLES.format(functions="`, `".join(sorted(VECTOR_FUNCTIONS))),
        *_document("Processes of the generator", Process, 2, seen),
    ]
    return "\n".join(parts)


def _name_apart(model: type[Section]) -> str:
    what = APART[model]
    field = model.model_fields["family" if "family" in model.model_fields else "kind"]
    tags = "`, `".join(str(value) for value in get_args(field.annotation))
    return f"{what} `{tags}`"


def _document(
    title: str, model: type[Section], level: int, seen: set[type[Section]]
) -> Iterator[str]:
    """Document a model and, below it, the models inside that are not documented elsewhere."""
    summary = (model.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
    rows = [_document_field(name, field) for name, field in model.model_fields.items()]
    table = ["| key | type | default | meaning |", "| --- | --- | --- | --- |", *rows]
    yield f"{'#' * level} {title}\n\n{' '.join(summary.split())}\n\n" + "\n".join(table) + "\n"
    inner: dict[type[Section], list[str]] = {}
    for name, field in model.model_fields.items():
        for section in _find_sections(field.annotation):
            inner.setdefault(section, []).append(f"`{name}`")
    for section, names in inner.items():
        if section not in seen:
            seen.add(section)
            yield from _document(", ".join(names), section, min(level + 1, 4), seen)


def _document_field(name: str, field: FieldInfo) -> str:
    meaning = " ".join((field.description or "").split()).replace("|", "\\|")
    default = "required" if field.is_required() else _show(field.get_default())
    return f"| `{name}` | {_name_type(_find_written(field))} | {default} | {meaning} |"


def _find_written(field: FieldInfo) -> Any:  # noqa: ANN401
    """Find the type of what is written: another one than the field's, if a validator says so."""
    for step in field.metadata:
        if isinstance(step, BeforeValidator) and step.json_schema_input_type != PydanticUndefined:
            return step.json_schema_input_type
    return field.annotation


def _show(value: object) -> str:
    parts = list(value.values()) if isinstance(value, dict) else [value]
    if parts and all(isinstance(part, Section) for part in parts):
        return "see below"
    if value is None or value in ((), [], {}):
        return "none"
    return f"`{value}`"


def _find_sections(annotation: Any) -> list[type[Section]]:  # noqa: ANN401
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    return [section for part in get_args(annotation) for section in _find_sections(part)]


def _name_type(annotation: Any) -> str:  # noqa: ANN401
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _name_type(arguments[0])
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in (Union, UnionType):
        return " or ".join(_name_type(part) for part in arguments if part is not NoneType)
    if origin in (list, tuple):
        return f"list of {_name_type(arguments[0])}"
    if origin is dict:
        return f"names with {_name_type(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return _name_apart(annotation).lower() if annotation in APART else "block"
    return NAMES.get(annotation, str(annotation))


def write_reference(folder: Path) -> None:
    """Write what people and editors read of the configuration.

    Parameters
    ----------
    folder
        Where `README.md` and the schemas go.
    """
    (folder / "README.md").write_text(document_config(), encoding="utf-8")
    for name, model in SCHEMAS.items():
        text = json.dumps(model.model_json_schema(), indent=1, ensure_ascii=False)
        (folder / name).write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    write_reference(Path(sys.argv[1]))
