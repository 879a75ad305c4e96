"""What a reader must know before trusting a number."""

from typing import Any

from rapidmass.report.formatting import join_words, write_cut, write_number, write_share
from rapidmass.report.products import NetworkProducts, RunProducts, SelectionProducts

LARGEST_PULL = 5.0
LARGEST_SHARE = 0.05  # of the expected background, for one event
MOST_SHIFTED = 100.0  # times the nominal yield, or its inverse
LEAST_KL = 0.01  # nats an event


def list_warnings(run: RunProducts) -> list[str]:
    """List everything that limits the results.

    Parameters
    ----------
    run
        What the report tells.

    Returns
    -------
    list of str
        Sentences: first those without which numbers would be misread.
    """
    important, others = [*_find_frozen(run), *_find_left_out(run)], _find_unused(run)
    for selection in run.selections:
        where = f"Selection {selection.name}: "
        heavy, lines = [*_find_negative(run, selection)], [*_find_empty(selection)]
        lines += [*_find_uncertified(selection), *_find_uneven(selection)]
        for network in selection.networks:
            grave = [*_find_collapse(network), *_find_told(network)]
            heavy += [f"{network.name}: {line}" for line in grave]
            lines += [f"{network.name}: {line}" for line in _find_undefined(network)]
        # the statistics of the test set do not depend on the network; scans know them
        for network in selection.networks[:1] if selection.settings.signals else ():
            heavy += _find_heavy_event(selection, network)
            heavy += _find_wild_shifts(network)
            lines += _find_thin_channels(run, selection, network)
        important += [where + line for line in heavy]
        others += [where + line for line in lines]
    return [*important, *others]


def _find_frozen(run: RunProducts) -> list[str]:
    if not run.frozen:
        return []
    line = (
        "The networks were kept as they had been trained (training.frozen): their settings, their "
        "code and the events that they saw may be others than those of this run."
    )
    return [line]


def _find_unused(run: RunProducts) -> list[str]:
    if not run.unused:
        return []
    line = (
        f"No selection uses the background samples {join_words(run.unused)} of the sample sheet: "
        "what they describe is in no prediction, unless other samples describe it too."
    )
    return [line]


def _find_left_out(run: RunProducts) -> list[str]:
    return [
        f"{write_share(1 - content['kept'])} of the events of {sample} are left out with bad "
        f"files, and made up for by number, not by what they look like."
        for sample, content in run.files.items()
        if content["kept"] < 1
    ]


def _find_empty(selection: SelectionProducts) -> list[str]:
    empty = [name for name, flow in selection.cutflow.items() if flow["raw"][-1] == 0]
    if not empty:
        return []
    return [f"no event of {join_words(empty)} passes; they contribute nothing."]


def _find_uncertified(selection: SelectionProducts) -> list[str]:
    return [
        f"no event is of a certified section in {count} of {len(selection.cutflows[name])} files "
        f"of {name}; the list may be that of another period."
        for name, count in selection.uncertified.items()
    ]


def _find_negative(run: RunProducts, selection: SelectionProducts) -> list[str]:
    negative = [name for name in selection.cutflow if run.get_yields(selection, name)[-1] < 0]
    if not negative:
        return []
    return [
        f"the total weight of {join_words(negative)} is negative; more simulated events are needed."
    ]


def _find_uneven(selection: SelectionProducts) -> list[str]:
    return [
        f"{name} is shared out unevenly among the megasets (pull {content['pull']:.1f})."
        for name, content in selection.shares.items()
        if content["pull"] > LARGEST_PULL
    ]


def _find_thin_channels(
    run: RunProducts, selection: SelectionProducts, network: NetworkProducts
) -> list[str]:
    """Find channels with few effective events in the test set, before any cut."""
    floor = run.scan.minimum_effective_events
    channels = _get_uncut(network)["channels"]
    thin = [
        f"{name} ({write_number(channels[name]['effective'], 2)})"
        for name in selection.channels
        if channels[name]["effective"] < floor
    ]
    if not thin:
        return []
    line = f"fewer than {floor:g} effective events in the test set for {join_words(thin)}; "
    return [line + "their yields and shapes are uncertain."]


def _find_heavy_event(selection: SelectionProducts, network: NetworkProducts) -> list[str]:
    """Find out whether one event of the test set carries much of the background, before any cut."""
    uncut = _get_uncut(network)
    largest, expected = uncut["background"]["largest"], uncut["background"]["expected"]
    if expected <= 0 or largest <= LARGEST_SHARE * expected:
        return []
    names = [n for n in selection.channels if uncut["channels"][n]["largest"] == largest]
    line = (
        f"a single simulated event of {join_words(names)} in the test set carries "
        f"{write_share(largest / expected)} of the expected background. Whether it passes a cut "
        "decides on yields, on the quantiles of the score and on significances; more simulated "
        "events, or events with smaller weights, are needed."
    )
    return [line]


def _find_wild_shifts(network: NetworkProducts) -> list[str]:
    """Find systematic variations that change a yield beyond belief, before any cut."""
    found: dict[tuple[str, str], float] = {}
    for signal, scan in network.scan_contents.items():
        uncut = scan["cuts"][0].get("systematics", {})
        for kind, name in (("background", "the background"), ("signal", signal)):
            for shift, effect in uncut.get(kind, {}).get("shifts", {}).items():
                if effect["relative"] is not None:
                    found[shift, name] = 1 + effect["relative"]
    return [
        f"the variation {shift} multiplies the yield of {name} by {write_number(ratio, 3)}: check "
        "its weight and what it replaces, and their units."
        for (shift, name), ratio in found.items()
        if not 1 / MOST_SHIFTED <= ratio <= MOST_SHIFTED
    ]


def _get_uncut(network: NetworkProducts) -> dict[str, Any]:
    """Get the yields before any cut on the score: of background, the same for every signal."""
    scan = next(iter(network.scan_contents.values()))
    return dict(scan["cuts"][0])


def _find_collapse(network: NetworkProducts) -> list[str]:
    """Find out whether a variational network has lost its latent space."""
    found = [card["kl"] for card in network.card_contents if card.get("kl") is not None]
    kl = min(found, default=LEAST_KL)
    if kl >= LEAST_KL:
        return []
    line = f"its final KL divergence is {write_number(kl, 2)} nats per event. It encodes nothing: "
    return [line + "its score is the distance to one mean event."]


def _find_told(network: NetworkProducts) -> list[str]:
    """Collect what trainings of classifiers found, each sentence once whatever the folds."""
    found = (line for card in network.card_contents for line in card.get("warnings", ()))
    return list(dict.fromkeys(found))


def _find_undefined(network: NetworkProducts) -> list[str]:
    lines = []
    for signal, scan in network.scan_contents.items():
        empty = [cut["quantile"] for cut in scan["cuts"] if cut["best"] is None]
        if scan["cuts"][0]["signal"]["events"] == 0:
            lines.append(f"no event of {signal} passes the selection.")
        if empty:
            cuts = join_words([f"score cut: {write_cut(quantile)}" for quantile in empty])
            lines.append(
                f"no significance is defined for {signal} at any cut on MET ({cuts}): too few "
                "simulated background events are left, or their sum of weights is not positive."
            )
    return lines
