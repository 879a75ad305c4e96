"""Reading the configuration, with errors that name the file, the key and the nearest known one."""

import re
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from rapidmass.config.consistency import Analysis
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.processes import Process, read_processes
from rapidmass.config.inputs.samples import Sample
from rapidmass.config.inputs.sheet import read_samples
from rapidmass.config.moved_keys import MOVED_TAGS, find_moved
from rapidmass.config.root import Config
from rapidmass.provenance.addresses import redact
from rapidmass.provenance.yaml_files import YamlError, read_yaml

# what pydantic calls the ways of reading one value
INNER = re.compile(r"function-|constrained-|literal\[|\[key\]$")
QUOTE = "; put it in quotation marks: YAML reads no text there"
Model = TypeVar("Model", bound=BaseModel)


class ConfigError(ValueError):
    """A configuration that cannot be used; the message says what to correct, and where."""


def load_analysis(content: Mapping[str, Any], origin: str = "config.yaml") -> Analysis:
    """Validate a configuration and the files that it names.

    Parameters
    ----------
    content
        What the configuration files say, merged.
    origin
        What to call them in an error.

    Returns
    -------
    Analysis
        Complete, typed and consistent.

    Raises
    ------
    ConfigError
        If anything is missing, misspelt or inconsistent.
    """
    config = validate(Config, content, origin)
    try:
        rows = read_samples(config.samples)
        processes = _read_processes(config)
    except ValueError as error:
        raise ConfigError(redact(str(error))) from None
    samples = {
        name: validate(Sample, row, f"{config.samples}, sample {name}")
        for name, row in rows.items()
    }
    used = sorted({sample.format for sample in samples.values()})
    formats = {name: read_format(config.ntuple_formats / f"{name}.yaml") for name in used}
    parts = {"config": config, "samples": samples, "formats": formats, "processes": processes}
    return validate(Analysis, parts, origin)


def _read_processes(config: Config) -> dict[str, Process]:
    if config.processes is None:
        return {}
    if not config.processes.is_file():
        raise ConfigError(f"there is no file {config.processes}; correct 'processes'")
    return dict(read_processes(config.processes))


def read_format(path: Path) -> NtupleFormat:
    """Read an ntuple format.

    Parameters
    ----------
    path
        Its YAML file.

    Returns
    -------
    NtupleFormat
        The format.

    Raises
    ------
    ConfigError
        If there is no such file, or it is not valid.
    """
    if not path.is_file():
        present = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml"))) or "none"
        raise ConfigError(f"there is no ntuple format {path}; formats there: {present}")
    try:
        content = read_yaml(path)
    except YamlError as error:
        raise ConfigError(str(error)) from None
    return validate(NtupleFormat, content, str(path))


def read_sample(path: Path, name: str) -> Sample:
    """Read one row of a sample sheet.

    Parameters
    ----------
    path
        The sample sheet.
    name
        Name of the sample.

    Returns
    -------
    Sample
        The row.

    Raises
    ------
    ConfigError
        If there is no such sheet or row, or it is not valid.
    """
    try:
        rows = read_samples(path)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    if name not in rows:
        raise ConfigError(f"{path} has no sample {name!r}; it has {', '.join(rows)}")
    return validate(Sample, rows[name], f"sample {name}")


def validate(model: type[Model], content: Any, origin: str) -> Model:  # noqa: ANN401
    """Validate a block, and explain what is wrong with it.

    Parameters
    ----------
    model
        What the block must be.
    content
        The block.
    origin
        Where it comes from.

    Returns
    -------
    Model
        The typed block.

    Raises
    ------
    ConfigError
        One line for each thing that is wrong.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = [_explain(model, content, dict(problem)) for problem in error.errors()]
        raise ConfigError(redact("\n".join([f"{origin} is not valid:", *lines]))) from None


def _explain(
    model: type[BaseModel],
    content: Any,  # noqa: ANN401
    problem: Mapping[str, Any],
) -> str:
    location = ".".join(_list_keys_to(content, problem["loc"]))
    prefix = f"  {location}: " if location else "  "
    if problem["type"] == "extra_forbidden":
        if moved := find_moved(problem["loc"]):
            return f"{prefix}unknown key; {moved}"
        key = str(problem["loc"][-1])
        known = _list_keys(model, problem["loc"][:-1])
        near = get_close_matches(key, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(sorted(known))}"
        return f"{prefix}unknown key; {hint}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    if moved := MOVED_TAGS.get(problem.get("ctx", {}).get("tag", "")):
        return f"{prefix}{message}; it is called {moved!r} today"
    shown = repr(problem["input"])
    if problem["type"] in ("missing", "value_error") or len(shown) > 60:
        return prefix + message
    scalar = isinstance(problem["input"], int | float | date)
    hint = QUOTE if problem["type"] == "string_type" and scalar else ""
    return f"{prefix}{message} (it is {shown}){hint}"


def _list_keys_to(
    content: Any,  # noqa: ANN401
    location: tuple[int | str, ...],
) -> list[str]:
    """List the keys that lead to a place of a block, as people write them.

    pydantic puts the value of `family` or `kind` behind the name of a network or baseline.
    """
    keys, inside = [], content
    for part in location:
        block = inside if isinstance(inside, dict) else {}
        is_tag = part not in block and part in (block.get("family"), block.get("kind"))
        if INNER.match(str(part)) or is_tag:
            continue
        keys.append(str(part))
        is_member = isinstance(inside, list) and isinstance(part, int)
        inside = inside[part] if is_member or part in block else None
    return keys


def _list_keys(model: type[BaseModel], location: tuple[int | str, ...]) -> set[str]:
    """List the keys known where an unknown one was found, by following its location."""
    models: set[type[BaseModel]] = {model}
    for part in location:
        following: set[type[BaseModel]] = set()
        for candidate in models:
            field = candidate.model_fields.get(str(part))
            if field is not None:
                following |= _find_models(field.annotation)
        # list indices, names of a mapping and tags of a union lead to no field: stay
        models = following or models
    return {key for candidate in models for key in candidate.model_fields}


def _find_models(annotation: object) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return set().union(*(_find_models(part) for part in get_args(annotation)))
