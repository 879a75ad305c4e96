"""What a training on one category of signals keeps of another one's own training."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

SAME, SEVERAL = "same category", "several properties"
SPREAD = (0.1587, 0.5, 0.8413)


class Category(NamedTuple):
    """Signals that have the same value of each property.

    Parameters
    ----------
    values
        By property.
    signals
        Their names.
    """

    values: Mapping[str, str]
    signals: tuple[str, ...]

    @property
    def name(self) -> str:
        """Values of its properties, in a row."""
        return " ".join(self.values.values())

    def compare(self, other: "Category") -> str:
        """Tell which property differs from another category: one, several, or none."""
        different = [name for name, value in self.values.items() if other.values[name] != value]
        if len(different) > 1:
            return SEVERAL
        return different[0] if different else SAME


def measure_transfer(
    compared: Mapping[str, Any], categories: Sequence[Category]
) -> list[dict[str, Any]]:
    """Sum up what trainings find of signals of other categories, by what these differ in.

    Parameters
    ----------
    compared
        From `rapidmass.studies.trainings.measure.compare_trainings`, with a row for each category.
    categories
        Which signals are told together.

    Returns
    -------
    list of dict
        One for each difference that there is: `difference` (a property, or several, or none), the
        number of `pairs` of a training and a signal, and `auc_loss`, `efficiency` and
        `significance`, each with the `number` of pairs where it is defined, and `low`, `median`
        and `high` (quantiles of 16, 50 and 84 % of the pairs): the AUC of the own training
        minus that of this one; efficiency and significance of this one over those of the own. A
        training that is the own one of a signal makes no pair with it.
    """
    rows = {row["name"]: row["cells"] for row in compared["rows"]}
    pairs: dict[str, list[dict[str, float | None]]] = {}
    for trained in categories:
        for tested in categories:
            for signal in tested.signals:
                own = compared["own"][signal]
                if own == trained.name:
                    continue
                pair = _relate(rows[trained.name][signal], rows[own][signal])
                pairs.setdefault(trained.compare(tested), []).append(pair)
    order = [SAME, *categories[0].values, SEVERAL]
    return [
        {"difference": name, "pairs": len(pairs[name]), **_sum_up(pairs[name])}
        for name in order
        if name in pairs
    ]


def measure_together(compared: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Sum up what combinations find of all signals that have an own training.

    Parameters
    ----------
    compared
        As for `measure_transfer`.

    Returns
    -------
    list of dict
        `name` of each combination, and the numbers of `measure_transfer`.
    """
    rows = {row["name"]: row["cells"] for row in compared["rows"]}
    own = {signal: name for signal, name in compared["own"].items() if name is not None}
    return [
        {
            "name": row["name"],
            "pairs": len(own),
            **_sum_up([_relate(row["cells"][s], rows[name][s]) for s, name in own.items()]),
        }
        for row in compared["rows"]
        if row["kind"] == "combination"
    ]


def _relate(cell: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, float | None]:
    above, below = cell["significance"], own["significance"]
    kept = None if above is None or not below else float(above / below)
    return {"auc_loss": cell["auc_loss"], "efficiency": cell["ratio"], "significance": kept}


def _sum_up(pairs: Sequence[Mapping[str, float | None]]) -> dict[str, dict[str, Any]]:
    found = {}
    for key in pairs[0]:
        values = [value for pair in pairs if (value := pair[key]) is not None]
        quantiles = np.quantile(values, SPREAD).tolist() if values else [None] * len(SPREAD)
        low, median, high = quantiles
        found[key] = {"number": len(values), "low": low, "median": median, "high": high}
    return found
