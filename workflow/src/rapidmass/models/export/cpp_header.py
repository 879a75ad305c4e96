"""Exported networks as C++ headers that need no library, each with an example."""

import json
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from rapidmass.models.export.cpp_network import translate_network
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.representations.registry import make_representation
from rapidmass.representations.rmm.representation import RapidityMassMatrix

HEADER, EXAMPLE = "network.h", "example.cpp"


def write_header(
    model: Path, folder: Path, *, main: str | None = None, cuts: Sequence[tuple[float, float]] = ()
) -> None:
    """Write `network.h`, which computes what an exported network computes, and `example.cpp`.

    The header is C++17 without any library: names of the elements, rapidity-mass matrices from
    four-momenta where the network sees such, the scores of an event, and the cuts.

    Parameters
    ----------
    model
        What `rapidmass.models.export.onnx_export.export_onnx` or
        `rapidmass.models.classifiers.trees_export.export_trees` wrote.
    folder
        Where the two files go.
    main
        The score that is cut on, `score_<name>`; the first one if None.
    cuts
        Of the search: share of the background below, and threshold on the main score.

    Raises
    ------
    ValueError
        If the network has no such score, or an operation of which no C++ is written.
    """
    network = translate_network(model)
    scores = list(network.scores)
    if main is not None and main not in scores:
        raise ValueError(f"{model} has no output {main}; it has {', '.join(scores)}")
    told = network.metadata
    name, selection = told["rapidmass.name"], told["rapidmass.selection"]
    shown = make_representation(json.loads(told["rapidmass.representation"]))
    words = {
        "network": network,
        "name": name,
        "selection": selection,
        "space": name_namespace(selection, name),
        "elements": shown.element_names,
        "layout": shown.layout if isinstance(shown, RapidityMassMatrix) else None,
        "main": main or scores[0],
        "cuts": cuts,
    }
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["quote"] = json.dumps
    for output in (HEADER, EXAMPLE):
        source = files("rapidmass.models.export").joinpath(f"{output}.j2")
        template = environment.from_string(source.read_text(encoding="utf-8"))
        with write_whole(folder / output) as temporary:
            temporary.write_text(template.render(words), encoding="utf-8")


def name_namespace(selection: str, name: str) -> str:
    """Name the C++ namespace of a network: several headers may be used together."""
    return re.sub(r"\W", "_", f"rapidmass_{selection}_{name}")
