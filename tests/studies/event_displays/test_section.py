from dataclasses import replace

import pytest

from rapidmass.report.sections import read_section, write_section
from rapidmass.representations.rmm.layout import Layout
from rapidmass.studies.event_displays.gallery import draw_gallery
from rapidmass.studies.event_displays.section import describe_displays
from synthetic_analysis import Analysis
from synthetic_displays import make_displays, make_explanation, make_products
from synthetic_megasets import LAYOUT


@pytest.fixture(scope="module")
def products(tmp_path_factory):
    return make_products(Analysis(tmp_path_factory.mktemp("d") / "products", events=300).write())


@pytest.fixture(scope="module")
def frame():
    return replace(Analysis(None).frame, architecture=None)


@pytest.fixture(scope="module")
def section(tmp_path_factory, frame, products):
    folder = tmp_path_factory.mktemp("section")
    draw_gallery(folder, frame, *products)
    write_section(folder, describe_displays(folder, frame, *products, cells=3))
    return folder, read_section(folder)


def list_figures(section):
    return [*section.figures, *(f for part in section.sections for f in list_figures(part))]


def test_each_figure_that_is_drawn_is_described_once(section):
    folder, described = section
    paths = [figure.path for figure in list_figures(described)]
    assert len(paths) == len(set(paths))
    assert set(paths) == set(folder.glob("*.png"))
    assert len(paths) == 2 + 2 + 1 + 4  # differences, events of two networks, errors of one


def test_parts_are_those_of_each_network(section):
    titles = [part.title for part in section[1].sections]
    assert titles == [
        "Channels and signals relative to the background",
        "Single events, as ae sees them",
        "What makes events anomalous to ae",
        "Single events, as silent sees them",
        "What makes events anomalous to silent",
    ]
    silent = section[1].sections[-1]
    assert "does not give back its inputs" in silent.text[0]
    assert (silent.sections, silent.figures) == ((), ())


def test_cells_with_the_largest_excess_are_listed(section):
    groups = {part.title: part for part in section[1].sections[2].sections}
    assert list(groups) == [
        "Background", "Signal SUSY_450p300", "Signal SUSY_800p50", "Alteration lepton_pt_x1.5",
    ]  # fmt: skip
    (table,) = groups["Signal SUSY_450p300"].tables
    assert len(table.rows) == 3
    assert table.rows[0][:2] == ["met", "missing transverse momentum"]
    assert table.rows[0][3:6] == ["9.00", "1.00", "9.00"]
    shares = [float(row[2].removesuffix(" %")) for row in table.rows]
    assert shares == sorted(shares, reverse=True)
    assert groups["Alteration lepton_pt_x1.5"].tables == ()
    assert "not larger than those" in groups["Alteration lepton_pt_x1.5"].text[0]


def test_events_are_described(section):
    events = section[1].sections[1]
    assert [figure.title for figure in events.figures[:2]] == [
        "An event of median score, background", "Most anomalous event number 1, SUSY_450p300",
    ]  # fmt: skip
    caption = events.figures[0].caption
    assert "event 8000000000000000, channel ttbar, score −0.500, MET 123 GeV." in caption
    assert events.text[-1] == "Without events: SUSY_800p50."


@pytest.mark.parametrize(
    ("convention", "meaning"),
    [("thesis", "transverse energy"), ("reference", "transverse mass with MET")],
)
def test_each_cell_has_a_meaning_in_each_convention(tmp_path, frame, products, convention, meaning):
    explanation = make_explanation()
    names = LAYOUT.cell_names
    layout = Layout(types=LAYOUT.types, convention=convention)
    explanation |= {"layout": layout.describe(), "cells": list(range(len(names)))}
    rising = [1.0 + k for k in range(len(names))]
    for group in (explanation["background"], *explanation["signals"].values()):
        group |= {"mean": [1.0] * len(names), "present": [1.0] * len(names)}
    explanation["signals"]["SUSY_450p300"]["mean"] = rising
    explanation["altered"] = {}
    described = describe_displays(
        tmp_path, frame, products[0], {"ae": make_displays()}, {"ae": explanation}, cells=1000
    )
    (table,) = described.sections[2].sections[1].tables
    meanings = {row[0]: row[1] for row in table.rows}
    assert set(meanings) == set(names)
    assert meanings["mT_ele0"] == meaning
    assert meanings["m_ele0_muo0"] == "mass of the pair"
