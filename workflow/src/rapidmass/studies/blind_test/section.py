"""The section of the blind test, before and after unblinding."""

from pathlib import Path

from rapidmass.report.formatting import (
    join_words,
    write_count,
    write_decision,
    write_measurement,
    write_setting,
)
from rapidmass.report.sections import Figure, Section
from rapidmass.studies.blind_test.tables import (
    BlindProducts,
    tabulate_answer,
    tabulate_cuts,
    tabulate_excesses,
)

METHOD = (
    "An excess is looked for with each score alone. The score is divided into bins by quantiles of "
    "the simulated background: {bins} with the same content to begin with, of which the last is "
    "halved again and again, and neighbours are joined where too little simulation is left. Each "
    "range of up to {widest} neighbouring bins is tried. Its local significance is that of a "
    "Poisson count over a background that is uncertain by the statistics of the simulation and by "
    "{uncertainty} in each bin, independent from bin to bin. The background is scaled to the "
    "number of events in the mixture: mixing leaves that number as it was, so only the shape can "
    "tell, and an error of the normalisation cannot feign an excess."
)
P_VALUE = (
    "The global p-value is the share of {toys} pseudo-experiments without signal in which some "
    "range is at least as significant as the most significant one here. In each of them the "
    "background varies by its uncertainties and the counts by their Poisson statistics. That "
    "corrects for the choice of the range, not for that of the best of {scores} scores, and not "
    "for a distortion of the simulation that many bins share."
)
VARIED = (
    "Systematic variations of the simulation ({names}) distort the background in all bins "
    "together: in the local significances and in the pseudo-experiments, and in the bands of the "
    "figures. Of several variations of one source the larger change of a bin counts; sources are "
    "independent. What a variation changes in all bins alike drops out, as the normalisation does."
)
BLINDED = (
    "Which events are signals is sealed: no job reads it as long as the configuration has no "
    "entry “unblinding”."
)
COPIES = (
    "Pseudo-data can hold a generated event several times. Then counts scatter more than Poisson "
    "statistics say, and p-values are smaller than they should be, with or without signals."
)
CAUTION = (
    "The mixture consists of {what} for the most part, and is looked at above the cuts on the "
    "score too, where {what} by themselves are hidden before unblinding. The seal keeps jobs from "
    "the answer, not people: whoever compares the events of the mixture with the {what} finds "
    "which they are, and their scores."
)
MIXTURE = (
    "Points: the mixture, with 68 % Poisson intervals. Filled: simulated background, scaled to the "
    "luminosity. Yellow: the range with the most significant excess. Lower panel: mixture over "
    "simulation; hatched: {uncertainty} uncertainty of the simulation. The first and last bins "
    "hold what lies outside. Signals that the score finds lift the points on the right."
)
ANSWER = (
    "Filled: events of {what} in the mixture. Lines: hidden signal events. A score that finds them "
    "puts the lines to the right of the filled area."
)
UNMIXED = (
    "Points: the mixture, with 68 % Poisson intervals. Filled: {what} as they were before events "
    "were replaced. Lower panel: their ratio; hatched: the statistical uncertainty of what it is "
    "taken to. The two share all events but those replaced."
)
CAPTIONS = {
    "mixture": ("Scores of the mixture by {scorer}", MIXTURE),
    "answer": ("What the mixture was made of, by {scorer}", ANSWER),
    "unmixed": ("Mixture and {what} before mixing, by {scorer}", UNMIXED),
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
    settings = products.settings
    text = [
        _describe_mixture(products),
        METHOD.format(
            bins=settings.bins,
            widest=settings.widest,
            uncertainty=f"{write_setting(100 * settings.uncertainty)} %",
        ),
        P_VALUE.format(toys=write_count(products.toys), scores=len(products.results)),
        *([VARIED.format(names=join_words(products.shifts))] if products.shifts else []),
        CAUTION.format(what=products.what),
        *([write_decision("Accepted", products.consent)] if products.consent else []),
        *([COPIES] if products.pseudo_data else []),
    ]
    first = Section(
        "blind_test-mixture",
        "The mixture",
        tables=(tabulate_excesses(products), tabulate_cuts(products)),
        figures=_list_figures(folder, products, "mixture"),
        small=True,
    )
    second = _describe_answer(folder, products) if answered else None
    return Section(
        "blind_test",
        "Blind test",
        text=tuple(text),
        sections=(first,) if second is None else (first, second),
    )


def _describe_mixture(products: BlindProducts) -> str:
    settings = products.settings
    events = next(iter(products.results.values()))["events"]
    share = f"{write_setting(100 * settings.share)} %"
    replaced = share if settings.events is None else write_count(settings.events)
    signals = join_words(products.signals)
    each = f"the same number each of {signals}" if len(products.signals) > 1 else f"of {signals}"
    state = BLINDED
    if products.unblinding is not None:
        decision = write_decision("Unblinded", products.unblinding)
        state = f"{decision} What the events are is told below."
    return (
        f"Signals were hidden among the {products.what} of this selection: of "
        f"{write_count(events)} events, {replaced} were replaced by simulated signal events, "
        f"{each}. Chance decided which, signal events in proportion to their weights. In the "
        "mixture all events weigh the same, and nothing but what a detector measures tells them "
        f"apart. {state}"
    )


def _describe_answer(folder: Path, products: BlindProducts) -> Section:
    found = [(s, r["answer"]["auc"]) for s, r in products.results.items()]
    best, auc = max(found, key=lambda entry: float(entry[1]["value"]))
    measured = write_measurement(auc["value"], auc["uncertainty"])
    text = (
        f"With the labels read, {best} separates the hidden signals best from the {products.what} "
        f"of the mixture: the area under its curve of efficiencies is {measured} (0.5: no "
        "separation, 1: a perfect one)."
    )
    figures = [_list_figures(folder, products, kind) for kind in ("answer", "unmixed")]
    return Section(
        "blind_test-answer",
        "The answer",
        text=(text,),
        tables=tuple(tabulate_answer(products)),
        figures=tuple(figure for group in figures for figure in group),
        small=True,
    )


def _list_figures(folder: Path, products: BlindProducts, kind: str) -> tuple[Figure, ...]:
    title, caption = CAPTIONS[kind]
    known = "statistical and systematic" if products.shifts else "statistical"
    words = {"what": products.what, "uncertainty": known}
    return tuple(
        Figure(
            folder / f"{name_figure(kind, scorer)}.png",
            title.format(scorer=scorer, **words),
            caption.format(**words),
        )
        for scorer in products.results
    )
