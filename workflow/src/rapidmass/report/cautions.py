"""What a reader must know before trusting a number."""

from rapidmass.report.contents import NetworkProducts, RunProducts, SelectionProducts
from rapidmass.report.wording import join_words, write_cut, write_number

LARGEST_PULL = 5.0


def list_cautions(run: RunProducts) -> list[str]:
    """List everything that limits the results.

    Parameters
    ----------
    run
        What the report tells.

    Returns
    -------
    list of str
        Sentences, those on samples first.
    """
    found = []
    for selection in run.selections:
        where = f"Selection {selection.name}: "
        lines = [*_find_empty(selection), *_find_negative(run, selection)]
        lines += _find_uneven(selection)
        for network in selection.networks:
            lines += [f"{network.name}: {line}" for line in _find_undefined(network)]
        # the statistics of the test set do not depend on the network
        for network in selection.networks[:1]:
            lines += _find_thin_channels(run, network)
        found += [where + line for line in lines]
    return found


def _find_empty(selection: SelectionProducts) -> list[str]:
    empty = [name for name, flow in selection.cutflow.items() if flow["raw"][-1] == 0]
    if not empty:
        return []
    return [f"no event of {join_words(empty)} passes; they contribute nothing."]


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


def _find_thin_channels(run: RunProducts, network: NetworkProducts) -> list[str]:
    """Find channels with few effective events in the test set, before any cut."""
    floor = run.scan.minimum_effective_events
    scan = next(iter(network.scan_contents.values()))
    thin = [
        f"{name} ({write_number(content['effective'], 2)})"
        for name, content in scan["cuts"][0]["channels"].items()
        if content["effective"] < floor
    ]
    if not thin:
        return []
    line = f"fewer than {floor:g} effective events in the test set for {join_words(thin)}; "
    return [line + "their yields and shapes are uncertain."]


def _find_undefined(network: NetworkProducts) -> list[str]:
    lines = []
    for signal, scan in network.scan_contents.items():
        empty = [cut["quantile"] for cut in scan["cuts"] if cut["best"] is None]
        if scan["cuts"][0]["signal"]["events"] == 0:
            lines.append(f"no event of {signal} passes the selection.")
        if empty:
            cuts = join_words([f"score cut: {write_cut(quantile)}" for quantile in empty])
            lines.append(
                f"no significance is defined for {signal} ({cuts}): too few simulated background "
                "events are left, or their sum of weights is not positive."
            )
    return lines
