"""The section of the blind test, before and after unblinding."""

from pathlib import Path

from rapidmass.report.formatting import (
    write_count,
    write_setting,
)
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section
from rapidmass.studies.blind_test.tables import (
    BlindProducts,
    tabulate_answer,
    tabulate_cuts,
    tabulate_excesses,
)

TITLES = {
    "mixture": "Scores of the mixture by {scorer}",
    "answer": "What the mixture was made of, by {scorer}",
    "unmixed": "Mixture and {what} before mixing, by {scorer}",
}


def name_figure(kind: str, scorer: str) -> str:
    """Name a figure.

    Parameters
    ----------
    kind
        `mixture`, `answer` or `unmixed`.
    scorer
        Name of the score.

    Returns
    -------
    str
        File name without suffix.
    """
    return f"{kind}_{scorer}"


def describe_blind_test(folder: Path, products: BlindProducts) -> Section:
    """Describe the blind test of a selection.

    Parameters
    ----------
    folder
        Where its figures are.
    products
        What it found.

    Returns
    -------
    Section
        With the answer, if that may be known.
    """
    answered = products.unblinding is not None
    prose = _write_prose(products)
    first = Section(
        "blind_test-mixture",
        "The mixture",
        tables=(tabulate_excesses(products), tabulate_cuts(products)),
        figures=_list_figures(folder, products, "mixture", prose),
        small=True,
    )
    second = _describe_answer(folder, products, prose) if answered else None
    return Section(
        "blind_test",
        "Blind test",
        text=prose.list_paragraphs("text"),
        sections=(first,) if second is None else (first, second),
    )


def _write_prose(products: BlindProducts) -> Prose:
    settings = products.settings
    share = f"{write_setting(100 * settings.share)} %"
    return Prose(
        "blind_test",
        what=products.what,
        events=next(iter(products.results.values()))["events"],
        replaced=share if settings.events is None else write_count(settings.events),
        signals=products.signals,
        bins=settings.bins,
        widest=settings.widest,
        uncertainty=settings.uncertainty,
        toys=products.toys,
        scores=len(products.results),
        shifts=products.shifts,
        unblinding=products.unblinding,
        consent=products.consent,
        pseudo_data=products.pseudo_data,
    )


def _describe_answer(folder: Path, products: BlindProducts, prose: Prose) -> Section:
    found = [(s, r["answer"]["auc"]) for s, r in products.results.items()]
    best, auc = max(found, key=lambda entry: float(entry[1]["value"]))
    figures = [_list_figures(folder, products, kind, prose) for kind in ("answer", "unmixed")]
    return Section(
        "blind_test-answer",
        "The answer",
        text=prose.list_paragraphs("answer", best, auc),
        tables=tuple(tabulate_answer(products)),
        figures=tuple(figure for group in figures for figure in group),
        small=True,
    )


def _list_figures(
    folder: Path, products: BlindProducts, kind: str, prose: Prose
) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            folder / f"{name_figure(kind, scorer)}.png",
            TITLES[kind].format(scorer=scorer, what=products.what),
            prose.write(f"{kind}_figure"),
        )
        for scorer in products.results
    )
