"""How networks and trees were trained, for the tables that describe them."""

from collections.abc import Mapping, Sequence
from typing import Any

from rapidmass.report.formatting import write_count, write_share

MOST_FEATURES = 8


def describe_training(cards: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Describe how a network or trees were trained.

    Parameters
    ----------
    cards
        Its cards; with folds, that of each.

    Returns
    -------
    list of list of str
        Property and value.
    """
    trained = _describe_growth(cards) if "trees" in cards[0] else _describe_steps(cards)
    return [*trained, *_describe_classes(cards[0])]


def _describe_steps(cards: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Describe how the weights of a network were moved."""
    settings, scaling = cards[0]["architecture"], cards[0]["scaling"]
    optimiser = settings["optimiser"]
    pairs = "signal and background" if "classes" in cards[0] else "events and copies"
    events = "; ".join(f"{each['scaling']['events']:,}" for each in cards)
    return [
        ["Loss", settings.get("loss", f"cross-entropy of {pairs}")],
        ["Optimiser", f"{optimiser['name']}, learning rate {optimiser['learning_rate']:g}"],
        ["Batch size", write_count(settings["batch_size"])],
        ["Epochs on each megaset", str(settings["epochs"])],
        ["Scaling", f"{scaling['kind']}, fitted on {events} events"],
    ]


def _describe_growth(cards: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Describe how trees were grown."""
    settings = cards[0]["architecture"]
    return [
        ["Loss", "cross-entropy of signal and background"],
        ["Trees", "; ".join(write_count(card["trees"]) for card in cards)],
        ["Depth, at most", str(settings["max_depth"])],
        ["Learning rate", f"{settings['learning_rate']:g}"],
        ["Least weight in a leaf", f"{settings['min_child_weight']:g}"],
        ["Largest shares of the gain", _describe_gain([card["gain"] for card in cards])],
    ]


def _describe_gain(shares: Sequence[Mapping[str, float]]) -> str:
    """Describe which features trees cut on most, on average over the folds."""
    means = {name: sum(each[name] for each in shares) / len(shares) for name in shares[0]}
    first = sorted(means, key=lambda name: (-means[name], name))[:MOST_FEATURES]
    return ", ".join(f"{name} {write_share(means[name])}" for name in first if means[name] > 0)


def _describe_classes(card: Mapping[str, Any]) -> list[list[str]]:
    """Describe what a classifier was told."""
    if "classes" not in card:
        return []
    signals = card["classes"]["signal"].items()
    masses = card["architecture"].get("masses", {})
    told = [
        f"{name} ({f'mass {masses[name]:g}, ' if masses else ''}"
        f"{write_count(found['events'])} events)"
        for name, found in signals
    ]
    return [
        ["Told from the background", ", ".join(told)],
        ["Weights of classes", card["architecture"]["class_weights"]],
    ]
