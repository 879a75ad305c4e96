"""Whether representations fit the formats, and networks and baselines the representations."""

from collections.abc import Mapping

from rapidmass.config.inputs.consistency import check_known
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.models.baseline import AnyBaseline, Combination, Variable
from rapidmass.config.models.network import Architecture
from rapidmass.config.root import Config
from rapidmass.representations.base import Representation, select_elements


def check_representations(config: Config, formats: Mapping[str, NtupleFormat]) -> None:
    """Check that events can be shown as asked for, and that models can take them so.

    Parameters
    ----------
    config
        The configuration file.
    formats
        Ntuple formats, by name.

    Raises
    ------
    ValueError
        If a format lacks an object, a feature cannot be computed, or a network or baseline names no
        representation, one that it cannot take, or a feature that there is not.
    """
    for name in config.representations:
        where = f"representations.{name}"
        for format_name, settings_of_format in formats.items():
            for kind in config.show(name).objects:
                what = f"{where}: object of the format {format_name}"
                check_known(kind, settings_of_format.objects, what)
    for name, architecture in config.architectures.items():
        where = f"architectures.{name}"
        _check_choice(config, where, architecture.representation)
        _check_network(where, architecture, config.show(config.get_representation(name)))
    for name, baseline in config.baselines.items():
        _check_baseline(config, name, baseline)


def _check_baseline(config: Config, name: str, baseline: AnyBaseline) -> None:
    where = f"baselines.{name}"
    if isinstance(baseline, Variable | Combination):
        return
    _check_choice(config, where, baseline.representation)
    try:
        baseline.check_features(config.show(config.get_representation(name)))
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _check_choice(config: Config, where: str, chosen: str | None) -> None:
    known = config.representations
    if chosen is not None:
        check_known(chosen, known, f"{where}.representation: representation")
    elif len(known) > 1:
        raise ValueError(
            f"{where}.representation is missing: there are several, {', '.join(known)}"
        )


def _check_network(where: str, architecture: Architecture, representation: Representation) -> None:
    takes = architecture.takes
    if takes and representation.kind not in takes:
        raise ValueError(
            f"{where}: the family {architecture.family} takes {' or '.join(sorted(takes))}, but "
            f"its representation is of the kind {representation.kind}"
        )
    try:
        select_elements(representation, architecture.exclude_features)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
