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
    write_measurement,
    write_number,
    write_setting,
    write_share,
)
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section
from rapidmass.representations.rmm.layout import Layout
from rapidmass.studies.data_comparison.figures import list_shown, name_feature

WORST = 20  # rows of the ranked table
MOST_FIGURES = 12  # of cells; the others are in the folder


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
    prose = Prose(
        "data_comparison",
        what=what,
        luminosity=numbers["luminosity"],
        blinded=bool(numbers["thresholds"]),
        shifts=list(shifts),
        tested=len(tested),
        pseudo=pseudo,
    )
    return Section(
        "data-comparison",
        "Data against simulation" if not pseudo else "Pseudo-data against simulation",
        text=(*prose.list_paragraphs("text"), _describe_yield(numbers, prose)),
        tables=(_tabulate_tests(layout, numbers, prose), _tabulate_worst(layout, features, prose)),
        figures=_list_overviews(folder, layout, numbers, prose),
        sections=(
            _show_features(folder, layout, "standard", "Standard features", standard, what, prose),
            _show_features(folder, layout, "worst", "Cells that agree worst", worst, what, prose),
            *(_show_region(folder, layout, one, what, prose) for one in numbers.get("regions", ())),
        ),
        small=True,
    )


def _show_region(
    folder: Path, layout: Layout, region: Mapping[str, Any], what: str, prose: Prose
) -> Section:
    title = region["name"].replace("_", " ")
    figures = tuple(
        Figure(
            folder / f"{name_feature(name, region['name'])}.png",
            f"{name} in {what} and simulation, region {title}",
            prose.write("feature", name, describe_feature(layout, name)),
        )
        for name in list_shown(region)
    )
    shown = [f for f in region["features"] if f["name"] in list_shown(region)]
    return Section(
        f"data-comparison-region-{region['name']}",
        f"{'Control region' if region['control'] else 'Region'} {title}",
        text=(prose.write("region", region),),
        tables=(_tabulate(layout, shown, ""),) if shown else (),
        figures=figures,
        small=True,
    )


def _list_overviews(
    folder: Path, layout: Layout, numbers: Mapping[str, Any], prose: Prose
) -> tuple[Figure, ...]:
    return (
        Figure(
            folder / f"{P_VALUES}.png",
            "p-values of all features",
            _describe_p_values(layout, numbers, prose),
        ),
        Figure(
            folder / f"{MAP}.png",
            "p-values of all cells",
            prose.write("map"),
        ),
    )


def _describe_yield(numbers: Mapping[str, Any], prose: Prose) -> str:
    names = {**numbers["systematics"], **numbers["channel_systematics"]}
    stated = join_words([f"{name} {write_setting(100 * size)} %" for name, size in names.items()])
    unknown = [
        f"{feature['name']} ({feature['observed']})"
        for feature in numbers["features"]
        if feature["observed"] and not feature["expected"] > 0
    ]
    return prose.write("yields", numbers, stated, unknown)


def _describe_p_values(layout: Layout, numbers: Mapping[str, Any], prose: Prose) -> str:
    shares = []
    for test, name in TESTS.items():
        found = list_p_values(layout, numbers["features"], test)
        if found:
            share = sum(p < 0.05 for p in found) / len(found)
            shares.append(f"{name} {write_share(share)}")
    return prose.write("p_values", shares)


def _tabulate_tests(layout: Layout, numbers: Mapping[str, Any], prose: Prose) -> Table:
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
    note = prose.write("tests")
    return Table(columns, rows, note=note)


def _tabulate_worst(layout: Layout, features: Sequence[Mapping[str, Any]], prose: Prose) -> Table:
    note = prose.write("worst", WORST, len(features))
    return _tabulate(layout, features[:WORST], note)


def _tabulate(layout: Layout, features: Sequence[Mapping[str, Any]], note: str) -> Table:
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
        for feature in features
    ]
    columns = (
        "Feature", "What it is", "Data", "Simulation", "Data / simulation", "χ²/ndf",
        "χ²/ndf of the shape", "p of the shape", "p of Kolmogorov–Smirnov",
        "p of the share of events",
    )  # fmt: skip
    return Table(columns, rows, words=2, note=note)


def _write_chi2(test: Mapping[str, Any] | None) -> str:
    return UNDEFINED if test is None else f"{test['value']:.1f} / {test['ndf']}"


def _write_p(test: Mapping[str, Any] | None) -> str:
    p_value = None if test is None else test["p_value"]
    # the last digit of a p-value from pseudo-experiments means nothing
    return write_number(p_value, 2)


def _show_features(
    folder: Path,
    layout: Layout,
    anchor: str,
    title: str,
    names: Sequence[str],
    what: str,
    prose: Prose,
) -> Section:
    figures = tuple(
        Figure(
            folder / f"{name_feature(name)}.png",
            f"{name} in {what} and simulation",
            prose.write("feature", name, describe_feature(layout, name)),
        )
        for name in names
    )
    return Section(f"data-comparison-{anchor}", title, figures=figures, small=True)
