"""Words and tables on data against simulation."""

import json
from pathlib import Path

import pytest

from rapidmass.config.report.plots import PlotSettings
from rapidmass.config.studies.data_comparison import DataComparison
from rapidmass.plotting.style import Frame
from rapidmass.report.sections import read_section, write_section
from rapidmass.studies.data_comparison.figures import draw_comparison
from rapidmass.studies.data_comparison.histograms import write_histograms
from rapidmass.studies.data_comparison.measure import compare_data
from rapidmass.studies.data_comparison.section import MOST_FIGURES, WORST, describe_comparison
from synthetic_comparison import CHANNELS, InventedData

SETTINGS = DataComparison(systematics={"luminosity": 0.017})


@pytest.fixture(scope="module")
def products(tmp_path_factory):
    folder = tmp_path_factory.mktemp("section")
    invented = InventedData(folder, simulated=1500, observed=(300,), quantile=0.9).write()
    comparison = compare_data(invented.events, invented.scale, SETTINGS, seed=1)
    features = comparison.numbers["features"]
    # drawing takes long
    comparison.numbers["features"] = [f for f in features if f["kind"] in ("cell", "flavour")]
    write_histograms(folder / "h.parquet", comparison.histograms, {})
    frame = Frame(PlotSettings(), "3lep", CHANNELS, (), luminosity=1.0)
    drawn = draw_comparison(folder / "f", frame, comparison.numbers, folder / "h.parquet", worst=2)
    return folder / "f", comparison.numbers, drawn


def test_the_section_is_written_with_its_figures(products):
    folder, numbers, drawn = products
    write_section(folder, describe_comparison(folder, numbers, drawn, pseudo=False))
    section = read_section(folder, "3lep-")
    assert section.anchor == "3lep-data-comparison"
    standard, worst = section.sections
    assert len(standard.figures) + len(worst.figures) == len(drawn)
    assert len(worst.figures) == 2
    text = " ".join(section.text)
    assert "{" not in text
    assert f"{numbers['observed']} events of data" in text
    assert "luminosity 1.7 %" in text


def test_the_worst_features_are_in_the_table(products):
    folder, numbers, drawn = products
    _, table = describe_comparison(folder, numbers, drawn, pseudo=False).tables
    names = [row[0] for row in table.rows]
    assert names == [feature["name"] for feature in numbers["features"][:WORST]]
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_it_says_what_is_blinded_and_what_is_pseudo(products):
    folder, numbers, drawn = products
    blinded = describe_comparison(folder, numbers, drawn, pseudo=True)
    assert "Pseudo-data" in blinded.title
    assert any("The search is blinded" in text for text in blinded.text)
    assert any("the rest of it is missing" in text for text in blinded.text)
    unblinded = describe_comparison(folder, {**numbers, "thresholds": {}}, drawn, pseudo=False)
    assert any("The search is unblinded" in text for text in unblinded.text)
    assert not any("seudo-data" in text for text in unblinded.text)


def test_it_says_whether_variations_are_known(products):
    folder, numbers, drawn = products
    texts = [
        " ".join(describe_comparison(folder, changed, drawn, pseudo=False).text)
        for changed in (numbers, {**numbers, "shifts": {"jes_up": "jes", "jes_down": "jes"}})
    ]
    assert "there are no others" in texts[0]
    assert "variations" not in texts[0]
    assert "Systematic variations of the simulation (jes_up, jes_down)" in texts[1]
    assert "there are no others" not in texts[1]


def test_what_simulation_never_fills_is_named(products):
    folder, numbers, drawn = products
    changed = json.loads(json.dumps(numbers))
    cell = next(f for f in changed["features"] if f["name"] == "eT_muo0")
    cell.update(expected=0.0, observed=17, ratio=None, p_value=None, chi2=None, shape=None, ks=None)
    text = " ".join(describe_comparison(folder, changed, drawn, pseudo=False).text)
    assert "eT_muo0 (17)" in text
    assert "no simulated event" not in " ".join(
        describe_comparison(folder, numbers, drawn, pseudo=False).text
    )


def test_not_all_of_many_figures_are_on_the_page(products):
    _, numbers, _ = products
    every = [f["name"] for f in numbers["features"]]
    section = describe_comparison(Path("nowhere"), numbers, every, pseudo=False)
    standard, worst = section.sections
    assert len(worst.figures) == MOST_FIGURES
    assert len(standard.figures) == sum(f["kind"] != "cell" for f in numbers["features"])
