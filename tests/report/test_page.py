from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import urlparse

import pytest
from PIL import Image

from rapidmass.config.ntuple import NtupleFormat
from rapidmass.figures import list_architecture_figures, list_selection_figures
from rapidmass.report import write_report
from rapidmass.report.tables import tabulate_network, tabulate_objects, tabulate_samples
from synthetic_analysis import Analysis, describe_run

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Collects what matters, and complains about elements that are not closed."""

    def __init__(self, path):
        super().__init__()
        self.addresses, self.images, self.anchors, self.links = [], [], [], []
        self.tags, self.text, self.open = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for key, value in attributes:
            if key in ("src", "href", "data", "srcset", "action", "poster"):
                self.addresses.append(value)
            if key == "id":
                self.anchors.append(value)
        if tag == "img":
            self.images.append(dict(attributes))
        if tag == "a":
            self.links.append(dict(attributes)["href"])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def page(analysis):
    path = analysis.folder / "index.html"
    write_report(path, describe_run(analysis, analysis.folder))
    return path


def test_nothing_comes_from_elsewhere(page):
    found = Page(page)
    assert all(urlparse(address).scheme in ("data", "") for address in found.addresses)
    assert all(link.startswith("#") for link in found.links)
    assert not found.tags & {"script", "link", "iframe", "object"}
    source = page.read_text(encoding="utf-8")
    assert "http" not in source
    assert "url(" not in source
    assert "@import" not in source


def test_every_figure_is_in_the_page_as_it_was_drawn(analysis, page):
    names = list_architecture_figures(
        analysis.signals, analysis.settings.score_quantiles, ["met"], has_data=True
    )
    files = [analysis.folder / f"figures/vae_deep/{name}.png" for name in names]
    matrices = list_selection_figures(analysis.channels, analysis.signals)
    files += [analysis.folder / f"figures/{name}.png" for name in matrices]
    images = Page(page).images
    embedded = [b64decode(image["src"].partition("base64,")[2]) for image in images]
    assert sorted(embedded) == sorted(path.read_bytes() for path in files)
    assert all(image["alt"] for image in images)
    assert min(Image.open(BytesIO(content)).size[0] for content in embedded) > 800


def test_every_link_leads_somewhere(page):
    found = Page(page)
    assert len(set(found.anchors)) == len(found.anchors)
    assert {link[1:] for link in found.links} <= set(found.anchors)


def test_what_limits_the_results_comes_before_them(page):
    text = " ".join(Page(page).text)
    places = [
        text.index(words)
        for words in (
            "not corrected for the choice",
            "are blinded",
            "no event of WW passes",
            "Results at a glance",
            "Object choices",
            "Cutflow",
            "Network vae_deep",
        )
    ]
    assert places[:3] == sorted(places[:3])
    assert places[2] < text.index("best combination of a cut")
    assert "They are no measurement" in text


def test_text_of_the_configuration_is_escaped(analysis):
    evil = "<script>alert('x')</script>&\"{{ 7 * 7 }}"
    run = describe_run(analysis, analysis.folder, title=evil, versions={evil: evil})
    path = analysis.folder / "evil.html"
    write_report(path, run)
    found = Page(path)
    assert "script" not in found.tags
    assert evil in found.text


def test_the_same_run_gives_the_same_bytes(analysis, page):
    again = analysis.folder / "again.html"
    write_report(again, describe_run(analysis, analysis.folder))
    assert again.read_bytes() == page.read_bytes()


def test_a_missing_figure_is_named_and_nothing_is_written(run, tmp_path):
    selection = replace(run.selections[0], figures=tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"matrix_ttbar\.png is missing"):
        write_report(tmp_path / "index.html", replace(run, selections=[selection]))
    assert list(tmp_path.iterdir()) == []


def test_without_data_nothing_is_blinded(analysis, tmp_path):
    blind = Analysis(analysis.folder, signals=analysis.signals, has_data=False)
    write_report(tmp_path / "index.html", describe_run(blind, analysis.folder))
    found = Page(tmp_path / "index.html")
    text = " ".join(found.text)
    assert "No data take part" in text
    assert "no measurement" not in text
    assert not any("Scores of data" in image["alt"] for image in found.images)


def test_samples_tell_their_weights(run):
    rows = {row[0]: row for row in tabulate_samples(run).rows}
    assert rows["tt2l"][1:5] == ["ttbar", "background", "run2", "1 file"]
    assert rows["tt2l"][5:10] == ["5,000", "1.5", "1.25", "1", "10,000"]
    assert rows["data"][4] == "1 file, drawn from simulation, 1.5 fb⁻¹"
    assert rows["data"][6:] == ["–"] * 5


def test_networks_tell_what_they_are(run):
    rows = dict(tabulate_network(run.selections[0].networks[0]).rows)
    assert rows["Encoder"] == "400 tanh"
    assert rows["Latent dimensions"] == "150"
    assert rows["Parameters"] == "1,234,567"
    assert rows["Last validation loss"] == "undefined"


def test_object_choices_are_stated(run):
    tables = tabulate_objects(run.formats["flat"])
    assert ["light_jet_below", "2.195"] in tables[0].rows
    assert ["ele", "lepton", "(flavour < 2) & (pt > 20)"] in tables[1].rows


def test_trigger_menus_are_stated(run):
    menus = {"year": "2015 + 1", "menus": {2016: ["HLT_2mu14", "HLT_2e17"]}}
    menus["triggers"] = {"HLT_2mu14": "a", "HLT_2e17": "b"}
    settings = NtupleFormat.model_validate({**run.formats["flat"].model_dump(), "trigger": menus})
    rows = dict(tabulate_objects(settings)[-1].rows)
    assert rows["data-taking year"] == "2015 + 1"
    assert rows["triggers of 2016"] == "HLT_2mu14, HLT_2e17"
