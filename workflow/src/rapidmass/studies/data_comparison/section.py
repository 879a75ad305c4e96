"""Data against simulation in words and tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.plotting.features import describe_feature
from rapidmass.plotting.p_values import MAP, P_VALUES, TESTS, list_p_values
from rapidmass.report.formatting import (
    UNDEFINED,
    Table,
    join_words,
    write_count,
    write_luminosity,
    write_measurement,
    write_number,
    write_setting,
    write_share,
)
from rapidmass.report.sections import Figure, Section
from rapidmass.representations.rmm.layout import Layout
from rapidmass.studies.data_comparison.figures import name_feature

WORST = 20  # rows of the ranked table
MOST_FIGURES = 12  # of cells; the others are in the folder
WHAT = (
    "Every feature of the {what} is compared with simulation: each cell of the matrix that some "
    "event fills, variables of the event, numbers of objects, flavours of the leptons."
)
SIMULATION = (
    "Simulation is the test set, which no network was trained on, scaled to the whole background "
    "at the luminosity of the {what}, {luminosity}."
)
BLINDED = (
    "The search is blinded: of {what} only the events are read that lie below every cut on the "
    "score, and simulation is restricted in the same way. What is compared is therefore the "
    "region where no signal is sought."
)
OPEN = "The search is unblinded: all events are compared, those behind the cuts on the score too."
TESTING = (
    "χ² of the shape: simulation is scaled to the {what} and its normalisation fitted, so that "
    "only the form of a distribution counts. Its covariance matrix has the Poisson variances of "
    "the {what}, the statistical variances of the simulation, and the systematic uncertainties, "
    "each fully correlated between bins. Bins are merged until simulation expects enough events "
    "in each. Kolmogorov–Smirnov: largest distance of the two distribution functions. Its p-value "
    "comes from pseudo-experiments in which that difference is drawn as a Gaussian process with "
    "the variances of {what} and of weighted simulation; so it holds for weighted events and for "
    "counts, as far as there are enough events for bins to fluctuate like Gaussians, and is "
    "resolved down to 10⁻⁴."
)
VARIED = (
    "Systematic variations of the simulation ({names}) are in the bands, in the covariance matrix "
    "and in the pseudo-experiments; shifted events are restricted as nominal ones are. In each bin "
    "the larger change of the variations of one source counts, and sources are added in "
    "quadrature. Each source moves all bins together, up and down by turns where it changes a "
    "shape. Where only shapes are compared, shifted and nominal simulation have the same "
    "normalisation."
)
RANKING = (
    "Features are ranked by the smaller p-value of the two tests, doubled. With this many "
    "features the smallest p-value is small by chance: of {tested} independent ones, one below "
    "{smallest} is expected. Features are not independent, as the same objects enter many cells; "
    "in the thesis variant of the matrix some pairs of cells even hold the same number. So the "
    "list says where to look first, and the distribution of all p-values whether to worry."
)
PSEUDO = (
    "The pseudo-data are drawn from simulated events. Where a simulated event stands for more "
    "than one, it is drawn several times: copies are not independent, and p-values come out too "
    "small."
)


def describe_comparison(
    folder: Path, numbers: Mapping[str, Any], drawn: Sequence[str], *, pseudo: bool
) -> Section:
    """Describe how data compare with simulation in one selection.

    Parameters
    ----------
    folder
        Where the figures are.
    numbers
        What `rapidmass.studies.data_comparison.measure.compare_data` found.
    drawn
        Features that have figures, standard ones first and then the worst.
    pseudo
        Whether data were drawn from simulation.

    Returns
    -------
    Section
        With parts for the standard features and for the worst.
    """
    layout = Layout(**numbers["layout"])
    features = numbers["features"]
    shifts = numbers.get("shifts", {})
    what = "pseudo-data" if pseudo else "data"
    tested = [f for f in features if f["p_value"] is not None]
    kinds = {feature["name"]: feature["kind"] for feature in features}
    standard = [name for name in drawn if kinds[name] != "cell"]
    worst = [name for name in drawn if kinds[name] == "cell"][:MOST_FIGURES]
    text = [
        WHAT.format(what=what),
        SIMULATION.format(what=what, luminosity=write_luminosity(numbers["luminosity"])),
        BLINDED.format(what=what) if numbers["thresholds"] else OPEN,
        TESTING.format(what=what),
        *([VARIED.format(names=join_words(list(shifts)))] if shifts else []),
        RANKING.format(tested=len(tested), smallest=write_number(1 / max(len(tested), 1), 2)),
        *([PSEUDO] if pseudo else []),
        _describe_yield(numbers, what),
    ]
    return Section(
        "data-comparison",
        "Data against simulation" if not pseudo else "Pseudo-data against simulation",
        text=tuple(text),
        tables=(_tabulate_tests(layout, numbers), _tabulate_worst(layout, features)),
        figures=_list_overviews(folder, layout, numbers),
        sections=(
            _show_features(folder, layout, "standard", "Standard features", standard, what),
            _show_features(folder, layout, "worst", "Cells that agree worst", worst, what),
        ),
        small=True,
    )


def _list_overviews(folder: Path, layout: Layout, numbers: Mapping[str, Any]) -> tuple[Figure, ...]:
    return (
        Figure(
            folder / f"{P_VALUES}.png",
            "p-values of all features",
            _describe_p_values(layout, numbers),
        ),
        Figure(
            folder / f"{MAP}.png",
            "p-values of all cells",
            "Smaller p-value of the two tests, doubled, at the place of each cell in the matrix. A "
            "row or column that is dark as a whole points at one object. Pale: cells that no event "
            "fills, or too few for a test.",
        ),
    )


def _describe_yield(numbers: Mapping[str, Any], what: str) -> str:
    names = {**numbers["systematics"], **numbers["channel_systematics"]}
    stated = join_words([f"{name} {write_setting(100 * size)} %" for name, size in names.items()])
    expected = write_measurement(numbers["expected"], numbers["expected_uncertainty"])
    rest = "there are no others, such as those of energy scales"
    if "shifts" in numbers:
        rest = "the systematic variations come on top"
    words = (
        f"In all, {write_count(numbers['observed'])} events of {what} are compared with {expected} "
        "(statistical) "
        f"± {write_number(numbers['expected_systematic'], 2)} (systematic) expected ones. "
        f"Systematic uncertainties of normalisation as stated in the configuration: "
        f"{stated or 'none'}; {rest}."
    )
    unknown = [
        f"{feature['name']} ({feature['observed']})"
        for feature in numbers["features"]
        if feature["observed"] and not feature["expected"] > 0
    ]
    if unknown:
        words += (
            f" Filled by {what} but by no simulated event, and so beyond any test: "
            f"{join_words(unknown)}; in brackets the number of events."
        )
    return words


def _describe_p_values(layout: Layout, numbers: Mapping[str, Any]) -> str:
    shares = []
    for test, name in TESTS.items():
        found = list_p_values(layout, numbers["features"], test)
        if found:
            share = sum(p < 0.05 for p in found) / len(found)
            shares.append(f"{name} {write_share(share)}")
    return (
        "Distribution of the p-values of all features that could be tested: flat, within "
        "fluctuations that are larger than those of independent counts, if simulation describes "
        "data; a peak at 0 is disagreement, one at 1 overestimated uncertainties. Below 0.05: "
        f"{', '.join(shares) or 'no test'}; 5 % is expected of agreement."
    )


def _tabulate_tests(layout: Layout, numbers: Mapping[str, Any]) -> Table:
    rows = []
    for test, name in TESTS.items():
        found = list_p_values(layout, numbers["features"], test)
        rows.append(
            [
                name,
                write_count(len(found)),
                *(write_count(sum(p < limit for p in found)) for limit in (0.05, 0.01, 0.001)),
                write_number(min(found), 2) if found else UNDEFINED,
            ]
        )
    columns = ("Test", "Features", "p < 0.05", "p < 0.01", "p < 0.001", "Smallest p")
    note = (
        "Share of events: whether as many events have the objects of a cell as expected, counted "
        "once for cells of the same objects."
    )
    return Table(columns, rows, note=note)


def _tabulate_worst(layout: Layout, features: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        [
            feature["name"],
            describe_feature(layout, feature["name"]),
            write_count(feature["observed"]),
            write_measurement(feature["expected"], feature["expected_uncertainty"]),
            write_measurement(feature["ratio"], feature["ratio_uncertainty"]),
            _write_chi2(feature["chi2"]),
            _write_chi2(feature["shape"]),
            _write_p(feature["shape"]),
            _write_p(feature["ks"]),
            _write_p(feature["presence"]),
        ]
        for feature in features[:WORST]
    ]
    columns = (
        "Feature", "What it is", "Data", "Simulation", "Data / simulation", "χ²/ndf",
        "χ²/ndf of the shape", "p of the shape", "p of Kolmogorov–Smirnov",
        "p of the share of events",
    )  # fmt: skip
    note = (
        f"The {WORST} features that agree worst, of {len(features)}. Data / simulation: ratio of "
        "the events that have the feature, with statistical uncertainties. χ²/ndf: with the "
        "normalisation of simulation as it is; a normalisation that is wrong as a whole makes "
        "every one of them large. Undefined: too few simulated events for a test."
    )
    return Table(columns, rows, words=2, note=note)


def _write_chi2(test: Mapping[str, Any] | None) -> str:
    return UNDEFINED if test is None else f"{test['value']:.1f} / {test['ndf']}"


def _write_p(test: Mapping[str, Any] | None) -> str:
    p_value = None if test is None else test["p_value"]
    # the last digit of a p-value from pseudo-experiments means nothing
    return write_number(p_value, 2)


def _show_features(
    folder: Path, layout: Layout, anchor: str, title: str, names: Sequence[str], what: str
) -> Section:
    caption = (
        f"{{name}}: {{words}}. Points: {what} with 68 % Poisson intervals. Filled: simulation. "
        "Hatched: its statistical and systematic uncertainties in quadrature. First and last bin "
        "hold what lies outside. Arrowheads: ratios outside the panel."
    )
    figures = tuple(
        Figure(
            folder / f"{name_feature(name)}.png",
            f"{name} in {what} and simulation",
            caption.format(name=name, words=describe_feature(layout, name)),
        )
        for name in names
    )
    return Section(f"data-comparison-{anchor}", title, figures=figures, small=True)
