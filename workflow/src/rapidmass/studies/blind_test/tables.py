"""Numbers of the blind test: what its section tells, and its tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidmass.config.studies.blind_test import BlindTest, Consent, Unblinding
from rapidmass.report.formatting import (
    UNDEFINED,
    Table,
    name_data,
    write_count,
    write_cut,
    write_measurement,
    write_number,
    write_share,
)


@dataclass(frozen=True)
class BlindProducts:
    """What the section tells.

    Parameters
    ----------
    results
        From `rapidmass.studies.blind_test.measure.study_mixture`, by score.
    settings
        How events were mixed and an excess was sought.
    unblinding
        Who allowed the labels to be read, and why; None: nobody.
    consent
        Who accepted what the mixture gives away of measured data before that; None: nobody.
    signals, data, pseudo_data
        Samples that were mixed; which data are pseudo-data.
    """

    results: Mapping[str, Mapping[str, Any]]
    settings: BlindTest
    unblinding: Unblinding | None
    consent: Consent | None
    signals: Sequence[str]
    data: Sequence[str]
    pseudo_data: Sequence[str]

    @property
    def what(self) -> str:
        """What the data are called."""
        return name_data(len(self.data), len(self.pseudo_data))

    @property
    def shifts(self) -> list[str]:
        """Systematic variations that are known."""
        spectrum = next(iter(self.results.values()))["spectrum"]
        return list(spectrum["systematics"]["shifts"]) if "systematics" in spectrum else []

    @property
    def toys(self) -> int:
        """Number of pseudo-experiments."""
        return int(next(iter(self.results.values()))["excess"]["toys"])


def tabulate_excesses(products: BlindProducts) -> Table:
    """List the most significant excess by each score.

    Parameters
    ----------
    products
        What the section tells.

    Returns
    -------
    Table
        One row a score.
    """
    rows = []
    for scorer, result in products.results.items():
        best = result["excess"]["best"]
        if best is None:
            rows.append([scorer, *[UNDEFINED] * 6])
            continue
        low = "−∞" if best["above"] is None else write_number(best["above"])
        high = "∞" if best["up_to"] is None else write_number(best["up_to"])
        p_value = write_measurement(best["p_value"], best["p_value_uncertainty"])
        overall = write_number(best["global_significance"])
        if best["at_floor"]:
            p_value, overall = f"< {write_number(best['p_value'], 2)}", f"> {overall}"
        rows.append(
            [
                scorer,
                f"{low} to {high}",
                write_count(best["observed"]),
                write_number(best["expected"]),
                write_number(best["local_significance"]),
                p_value,
                overall,
            ]
        )
    return Table(
        columns=(
            "Score", "Most significant range", "Mixture", "Background, scaled",
            "Local significance", "Global p-value", "Global significance",
        ),
        rows=rows,
        words=2,
        note="Uncertainties of p-values: number of pseudo-experiments. Where none of them is as "
        "significant, the p-value is below one over their number, and its significance larger than "
        "what is given.",
    )  # fmt: skip


def tabulate_cuts(products: BlindProducts) -> Table:
    """List the events above each cut, beside the background.

    Parameters
    ----------
    products
        What the section tells.

    Returns
    -------
    Table
        One row a score and cut; the first of a score is without a cut.
    """
    rows = []
    for scorer, result in products.results.items():
        everything = _write_yield(result["background"])
        rows.append([scorer, write_cut(0), write_count(result["events"]), everything])
        rows += [
            [
                scorer,
                write_cut(cut["quantile"]),
                write_count(cut["mixture"]),
                _write_yield(cut),
            ]
            for cut in result["cuts"]
        ]
    known = "statistical and its systematic" if products.shifts else "statistical"
    return Table(
        columns=("Score", "Cut on the score", "Mixture", "Background"),
        rows=rows,
        words=2,
        note="Background: simulation at the luminosity of the data, not scaled to the mixture, "
        f"with its {known} uncertainty.",
    )


def _write_yield(background: Mapping[str, float]) -> str:
    return write_measurement(
        background["expected"], background["uncertainty"], background.get("systematic")
    )


def tabulate_answer(products: BlindProducts) -> Iterator[Table]:
    """List what became of the hidden signals.

    Parameters
    ----------
    products
        What the section tells.
        They must have the answer.

    Yields
    ------
    Table
        Areas under curves, and events above cuts.
    """
    names = list(products.signals)
    areas, above = [], []
    for scorer, result in products.results.items():
        answer = result["answer"]
        parts = [answer["signals"].get(name) for name in names]
        all_of_them = answer["auc"]
        row = [write_measurement(all_of_them["value"], all_of_them["uncertainty"])]
        row += [
            UNDEFINED
            if part is None
            else write_measurement(part["auc"]["value"], part["auc"]["uncertainty"])
            for part in parts
        ]
        areas.append([scorer, *row])
        for k, cut in enumerate(result["cuts"]):
            shares = [_write_part(part, k) for part in (answer["data"], *(p for p in parts if p))]
            shares += [UNDEFINED] * (1 + len(names) - len(shares))
            above.append([scorer, write_cut(cut["quantile"]), *shares])
    yield Table(
        columns=("Score", "All signals", *names),
        rows=areas,
        note=f"Area under the curve of signal against {products.what} of the mixture, with its "
        "statistical uncertainty.",
    )
    yield Table(
        columns=("Score", "Cut on the score", products.what.capitalize(), *names),
        rows=above,
        words=2,
        note="Events of the mixture above each cut, and the share of their kind.",
    )


def _write_part(part: Mapping[str, Any], cut: int) -> str:
    above, events = part["above"][cut], part["events"]
    return f"{write_count(above)} of {write_count(events)} ({write_share(above / events)})"
