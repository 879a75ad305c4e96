"""Which numbers in the files of a sample its weight needs, and what of a format finds them."""

from collections.abc import Collection, Mapping
from typing import TypeVar

from rapidmass.columnar.expressions import Expression
from rapidmass.config.inputs.ntuple_format import (
    EventWeights,
    InFile,
    MissingMomentum,
    NtupleFormat,
)
from rapidmass.config.inputs.samples import SampleWeights
from rapidmass.config.inputs.sums_of_weights import StoredSum

Content = TypeVar("Content")

IN_FILE = "file"  # instead of a number in the sample sheet
CROSS_SECTION = ("cross_section", "k_factor", "filter_efficiency")
SUM_OF_WEIGHTS = "sum_of_weights"


def list_constants(weights: SampleWeights, in_file: InFile | None) -> dict[str, str]:
    """List the constants in the files that the weight of a sample needs.

    Parameters
    ----------
    weights
        The sample's row of the sheet; without a cross section these are data.
    in_file
        Where the ntuple format finds constants, if it does.

    Returns
    -------
    dict
        Expressions by field of `InFile`: those that the sheet refers to, and those that numbers of
        the sheet must agree with. Data need none.

    Raises
    ------
    ValueError
        If the sheet refers to constants and the format finds none.
    """
    given = {"cross_section": weights.cross_section, SUM_OF_WEIGHTS: weights.sum_of_weights}
    if in_file is None:
        for column, entry in given.items():
            if entry == IN_FILE:
                raise ValueError(
                    f"the column {column!r} says 'file', but the ntuple format has no 'in_file' "
                    "that says where in the files the number is: give it one, or the sheet a number"
                )
        return {}
    wanted = {
        column
        for column, entry in given.items()
        if entry == IN_FILE or (isinstance(entry, float) and weights.constants == "check")
    }
    fields = [*(CROSS_SECTION if "cross_section" in wanted else ())]
    fields += [SUM_OF_WEIGHTS] if SUM_OF_WEIGHTS in wanted else []
    return {field: getattr(in_file, field) for field in fields}


def needs_files(weights: SampleWeights, settings: NtupleFormat) -> bool:
    """Tell whether the weight of a sample takes a look into its files.

    Parameters
    ----------
    weights
        The sample's row of the sheet.
    settings
        The sample's ntuple format.

    Returns
    -------
    bool
        False for data, and where the sheet gives all numbers and nothing is to be compared.
    """
    is_found = isinstance(weights.sum_of_weights, str)
    return is_found or bool(list_constants(weights, settings.in_file))


def add_bookkeeping(weights: SampleWeights, settings: NtupleFormat) -> NtupleFormat:
    """Add to the bookkeeping of a format what the sum of weights of a sample is read from.

    Parameters
    ----------
    weights
        The sample's row of the sheet.
    settings
        Its ntuple format.

    Returns
    -------
    NtupleFormat
        With the tree or histogram that the sheet names, unless that is the tree with the events.
    """
    where = weights.sum_of_weights
    stored = StoredSum.parse(where) if isinstance(where, str) else None
    if stored is None or not stored.is_added:
        return settings
    name = stored.names[0]
    if name in (*settings.tree, *settings.bookkeeping) or any(sign in name for sign in "*?["):
        return settings
    return settings.model_copy(update={"bookkeeping": [*settings.bookkeeping, name]})


def keep_constants(weights: SampleWeights, settings: NtupleFormat) -> NtupleFormat:
    """Leave out of a format what the weight of a sample does not need.

    Parameters
    ----------
    weights
        The sample's row of the sheet.
    settings
        Its ntuple format.

    Returns
    -------
    NtupleFormat
        The tree, and if constants are read, where they are, and the names that they are made of.
    """
    settings = add_bookkeeping(weights, settings)
    texts = list_constants(weights, settings.in_file)
    names = _collect_names(texts.values(), settings)

    return NtupleFormat(
        tree=settings.tree,
        bookkeeping=settings.bookkeeping,
        energy_unit=settings.energy_unit,
        constants=_keep(settings.constants, names),
        aliases=_keep(settings.aliases, names),
        alternatives=_keep(settings.alternatives, names),
        collections={},
        objects={},
        leptons=[],
        met=MissingMomentum(pt="0", phi="0"),
        weights=EventWeights(generator="1"),
        in_file=settings.in_file if texts else None,
    )


def _keep(block: Mapping[str, Content], names: set[str]) -> dict[str, Content]:
    return {name: content for name, content in block.items() if name in names}


def _collect_names(texts: Collection[str], settings: NtupleFormat) -> set[str]:
    """Collect the names that expressions use, and those that these are defined with."""
    names: set[str] = set()
    waiting = list(texts)
    while waiting:
        for name in Expression(waiting.pop()).names - names:
            names.add(name)
            waiting += [settings.aliases[name]] if name in settings.aliases else []
            waiting += settings.alternatives.get(name, [])
    return names
