"""Tables of what was run on what."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.samples import PSEUDO_DATA, Sample
from rapidmass.report.formatting import (
    Table,
    write_count,
    write_luminosity,
    write_number,
    write_setting,
)
from rapidmass.report.products import NetworkProducts, RunProducts, SelectionProducts
from rapidmass.report.trainings import describe_training

LAYERS = MappingProxyType(
    {
        "layers": "Layers",
        "encoder": "Encoder",
        "latent": "Latent dimensions",
        "decoder": "Decoder",
        "kl_weight": "Weight of the KL divergence",
    }
)


def tabulate_samples(run: RunProducts) -> Table:
    """Tabulate samples, cross sections and sums of weights.

    Parameters
    ----------
    run
        What the report tells.

    Returns
    -------
    Table
        One row a sample.
    """
    rows = []
    for name, sample in run.samples.items():
        flows = [s for s in run.selections if name in s.cutflows]
        parts = len(flows[0].cutflows[name]) if flows else 0
        # what is in no cutflow, as a prior, is no part of the search
        events = write_count(flows[0].cutflow[name]["raw"][0]) if flows else "–"
        rows.append(
            [
                name,
                sample.channel,
                sample.role,
                ", ".join(sample.campaign),
                _describe_origin(run, sample, parts),
                _describe_numbers(run, sample),
                events,
                *_describe_weights(run, sample),
            ]
        )
    note = (
        "Sum of weights: of the generator weights before any selection. Weight: what the product "
        "of generator weight and scale factors of an event is multiplied with to give its share "
        "of the cross section. Numbers from: where cross section and sum of weights come from; "
        "k-factor and filter efficiency are part of a cross section from the files."
    )
    columns = (
        "Sample", "Channel", "Role", "Campaign", "Origin", "Numbers from", "Events in the files",
        "Cross section [pb]", "k-factor", "Filter efficiency", "Further factor", "Sum of weights",
        "Weight [pb]",
    )  # fmt: skip
    return Table(columns, rows, words=6, note=note)


def _describe_origin(run: RunProducts, sample: Sample, parts: int) -> str:
    words = [f"{parts} file{'s' * (parts != 1)}"]
    if sample.process is not None:
        words.append("drawn from simulation" if sample.process == PSEUDO_DATA else "generated")
    if sample.luminosity is not None:
        words.append(write_luminosity(sample.luminosity))
    kept = run.weights[sample.sample]["kept"]
    if kept < 1:
        words.append(f"{write_number(100 * kept, 4)} % of the events used")
    return ", ".join(words)


def _describe_numbers(run: RunProducts, sample: Sample) -> str:
    """Tell where cross section and sum of weights come from, and what was compared."""
    if sample.is_data:
        return "–"
    content = run.weights[sample.sample]
    words: dict[str, str] = {}
    for key, origin in content["origins"].items():
        compared = ", as in the files" if key in content["in_files"] else ""
        words[key] = {"sheet": f"sheet{compared}", "file": "files"}.get(origin, origin)
    if len(set(words.values())) == 1:
        return words["cross_section"]
    return "; ".join(words.values())


def _describe_weights(run: RunProducts, sample: Sample) -> list[str]:
    if sample.is_data:
        return ["–"] * 6
    content = run.weights[sample.sample]
    cross_section = (
        sample.cross_section
        if isinstance(sample.cross_section, float)
        else content["in_files"]["cross_section"]
    )
    return [
        write_setting(cross_section),
        write_setting(sample.k_factor),
        write_setting(sample.filter_efficiency),
        write_setting(sample.factor),
        write_setting(content["sum_of_weights"]),
        write_number(content["weight"], 4),
    ]


def tabulate_cuts(selection: SelectionProducts) -> Table:
    """Tabulate the requirements of a selection.

    Parameters
    ----------
    selection
        The selection.

    Returns
    -------
    Table
        One row a cut, in order.
    """
    rows = [[cut.name, cut.require] for cut in selection.settings.cuts]
    return Table(("Cut", "Requirement"), rows, words=2)


def tabulate_channels(selection: SelectionProducts) -> Table:
    """Tabulate which channels of the sample sheet make up those of a selection.

    Parameters
    ----------
    selection
        The selection.

    Returns
    -------
    Table
        One row a channel.
    """
    rows = [[name, ", ".join(selection.settings.channels[name])] for name in selection.channels]
    return Table(("Channel", "Channels of the sample sheet"), rows, words=2)


def tabulate_network(network: NetworkProducts) -> Table:
    """Tabulate what a network is and how well it was trained, with folds each of them.

    Parameters
    ----------
    network
        The network.

    Returns
    -------
    Table
        Two columns.
    """
    cards = network.card_contents
    card = cards[0]
    settings, versions = card["architecture"], card["provenance"]["versions"].items()
    rows = [
        ["Family", settings["family"]],
        *_describe_folds(cards),
        *_describe_layers(settings),
        ["Parameters", write_count(card["parameters"])],
        ["Inputs", f"{card['inputs']} ({card['excluded_features']} excluded)"],
        *describe_training(cards),
        ["Negative weights", settings["negative_weights"]],
        ["Last training loss", "; ".join(write_number(c["training_loss"], 4) for c in cards)],
        ["Last validation loss", "; ".join(write_number(c["validation_loss"], 4) for c in cards)],
        *_describe_divergence([each["kl"] for each in cards if each.get("kl") is not None]),
        ["Seed", str(card["seed"])],
        ["Trained on", card["device"]],
        ["Versions", ", ".join(f"{package} {number}" for package, number in versions)],
    ]
    return Table(("Property", "Value"), rows, words=2)


def _describe_folds(cards: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    if len(cards) == 1:
        return []
    return [["Folds", f"{len(cards)}, each event scored by the network that did not see it"]]


def _describe_divergence(found: Sequence[float]) -> list[list[str]]:
    """Only variational networks have one."""
    return (
        [["Last KL divergence [nats per event]", "; ".join(map(write_number, found))]]
        if found
        else []
    )


def _describe_layers(settings: dict[str, object]) -> list[list[str]]:
    lines = []
    for key, name in LAYERS.items():
        value = settings.get(key)
        if isinstance(value, list):
            chain = [f"{layer['units']} {layer['activation']}" for layer in value]
            lines.append([name, " → ".join(chain) or "none"])
        elif value is not None:
            lines.append([name, f"{value}"])
    return lines


def tabulate_objects(settings: NtupleFormat) -> list[Table]:
    """Tabulate the object choices of an ntuple format.

    Names have no order in settings, so they are sorted.

    Parameters
    ----------
    settings
        The format.

    Returns
    -------
    list of Table
        Constants (if any), aliases (if any), objects, weights and trigger.
    """
    constants = [[name, f"{value:g}"] for name, value in sorted(settings.constants.items())]
    aliases = [[name, text] for name, text in sorted(settings.aliases.items())]
    aliases += [[f"{name} (data)", t] for name, t in sorted(settings.data_aliases.items())]
    aliases += [[name, ", or ".join(t)] for name, t in sorted(settings.alternatives.items())]
    objects = [
        [name, settings.objects[name].collection, settings.objects[name].where]
        for name in sorted(settings.objects)
    ]
    trigger = settings.trigger
    events = [
        ["generator weight", settings.weights.generator],
        ["scale factors", settings.weights.scale_factors],
        ["missing transverse momentum", settings.met.pt],
    ]
    if isinstance(trigger, str):
        events.append(["trigger", trigger])
    else:
        events.append(["data-taking year", trigger.year])
        events += [
            [f"triggers of {y}", ", ".join(menu)] for y, menu in sorted(trigger.menus.items())
        ]
    tables = [
        Table(("Constant", "Value"), constants, words=2),
        Table(("Alias", "Expression"), aliases, words=2),
        Table(("Object", "Collection", "Requirement"), objects, words=3),
        Table(("Of the event", "Expression"), events, words=2),
    ]
    return [table for table in tables if table.rows]


def tabulate_versions(run: RunProducts) -> Table:
    """Tabulate the versions of packages.

    Parameters
    ----------
    run
        What the report tells.

    Returns
    -------
    Table
        One row a package.
    """
    rows = [[name, version] for name, version in run.versions.items()]
    return Table(("Package", "Version"), rows, words=2)
