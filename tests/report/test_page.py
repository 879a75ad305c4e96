import re
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import urldefrag, urlparse

import html5lib
import pytest
from PIL import Image

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.search.scan import ScanSettings
from rapidmass.config.search.unblinding import Unblinding
from rapidmass.plotting.names import list_architecture_figures, list_selection_figures
from rapidmass.provenance.atomic_files import write_json
from rapidmass.report import images
from rapidmass.report.page import ReportFiles, write_report
from rapidmass.report.tables import (
    tabulate_channels,
    tabulate_network,
    tabulate_objects,
    tabulate_samples,
)
from rapidmass.report.warnings import list_warnings
from rapidmass.report.yields import tabulate_composition, tabulate_yields
from synthetic_analysis import START, Analysis, describe_run, draw_products

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


def write(folder, run):
    """Write a report; its single file holds what all pages say."""
    output = ReportFiles(
        folder / "index.html", folder / "pages", folder / "report.html", folder / "headlines.txt"
    )
    write_report(output, run)
    return output


@pytest.fixture(scope="module")
def report(analysis):
    return write(analysis.folder / "report", describe_run(analysis, analysis.folder))


def test_a_reader_of_the_screen_finds_tables_by_their_names(report):
    for path in (report.first, *report.pages.iterdir()):
        regions = re.findall(r'role="region" aria-label="([^"]*)"', path.read_text())
        assert len(set(regions)) == len(regions), path
        assert all(re.search(r", table \d: ", label) for label in regions)


def test_the_foot_of_every_page_says_how_the_run_was_started(report):
    for path in (report.first, *report.pages.iterdir(), report.single):
        foot = html5lib.parse(path.read_text(), namespaceHTMLElements=False).find(".//footer")
        told = "".join(foot.itertext())
        assert all(f"{word}: {value}" in told for word, value in START.items()), path


def test_headlines_say_what_the_first_page_says(report, analysis):
    title, *sentences = report.headlines.read_text().splitlines()
    assert title == describe_run(analysis, analysis.folder).title
    first = " ".join(Page(report.first).text)
    expected = [line for line in sentences if "the largest expected significance" in line]
    assert expected
    assert all(line in first for line in expected)
    assert re.fullmatch(r"\d+ cautions? on the first page", sentences[-1])


@pytest.fixture(scope="module")
def page(report):
    return report.single


@pytest.fixture(scope="module")
def pages(report):
    return [report.first, *sorted(report.pages.iterdir())]


def test_nothing_comes_from_elsewhere(page, pages):
    assert all(urlparse(a).scheme in ("data", "") for a in Page(page).addresses)
    assert all(link.startswith("#") for link in Page(page).links)
    assert all(urlparse(a).scheme == "" for path in pages for a in Page(path).addresses)
    for path in (page, *pages):
        assert not Page(path).tags & {"script", "link", "iframe", "object"}
        source = path.read_text(encoding="utf-8")
        assert "://" not in source  # letters alone may be those of a picture
        assert "url(" not in source
        assert "@import" not in source


def test_every_page_is_valid_html_and_every_link_leads_somewhere(page, pages):
    for path in (page, *pages):
        parser = html5lib.HTMLParser()
        parser.parse(path.read_text(encoding="utf-8"))
        assert parser.errors == []
        for link in Page(path).links:
            target, anchor = urldefrag(link)
            place = path.parent / target if target else path
            assert place.exists(), (path, link)
            assert not anchor or anchor in Page(place).anchors, (path, link)


def list_drawn(analysis):
    names = list_architecture_figures(
        analysis.signals, analysis.settings.score_quantiles, ["met"], has_data=True
    )
    matrices = list_selection_figures(analysis.channels, analysis.signals)
    figures = analysis.folder / "figures"
    return [figures / f"vae_deep/{n}.png" for n in names] + [figures / f"{n}.png" for n in matrices]


def test_every_figure_is_shown_as_it_was_drawn_beside_its_pdf_and_numbers(analysis, pages):
    drawn = [path.resolve() for path in list_drawn(analysis)]
    shown, links = [], set()
    for path in pages:
        found = Page(path)
        shown += [(path.parent / image["src"]).resolve() for image in found.images]
        links |= {(path.parent / urldefrag(link).url).resolve() for link in found.links}
        for image in found.images:
            with Image.open(path.parent / image["src"]) as picture:
                assert (image["width"], image["height"]) == tuple(map(str, picture.size))
            assert image["alt"]
            assert image["loading"] == "lazy"
    assert sorted(shown) == sorted(drawn)
    for path in drawn:
        assert path.with_suffix(".pdf") in links
        assert path.with_suffix(".json") in links


def test_every_figure_is_small_in_the_single_file(analysis, page):
    found = Page(page).images
    assert len(found) == len(list_drawn(analysis))
    for image in found:
        picture = Image.open(BytesIO(b64decode(image["src"].partition("base64,")[2])))
        assert (image["width"], image["height"]) == tuple(map(str, picture.size))
        assert picture.size[0] <= images.WIDTH
    assert page.stat().st_size < 10e6


def test_what_makes_the_single_file_too_large_is_said_to_be_left_out(run, tmp_path, monkeypatch):
    monkeypatch.setattr(images, "LARGEST", 30_000)
    found = Page(write(tmp_path, run).single)
    assert 0 < len(found.images) < 10
    assert "Left out of this file" in " ".join(found.text)


def test_figures_have_the_same_numbers_everywhere(page, pages):
    def number(path):
        text = " ".join(Page(path).text).split()
        return [word for k, word in enumerate(text) if text[k - 1] == "Figure"]

    whole = number(page)
    assert whole == [f"{k}." for k in range(1, len(whole) + 1)]
    assert sorted(word for path in pages for word in number(path)) == sorted(whole)


def test_every_link_leads_somewhere(page, pages):
    found = Page(page)
    assert len(set(found.anchors)) == len(found.anchors)
    assert {link[1:] for link in found.links} <= set(found.anchors)
    for path in pages:
        found = Page(path)
        assert len(set(found.anchors)) == len(found.anchors)
        for link in found.links:
            place, anchor = urldefrag(link)
            target = (path.parent / place).resolve() if place else path
            assert target.is_file()
            assert not anchor or anchor in Page(target).anchors


def test_every_page_leads_to_every_other(pages):
    for path in pages:
        linked = {(path.parent / urldefrag(link).url).resolve() for link in Page(path).links}
        assert {other.resolve() for other in pages} <= linked


def test_what_limits_the_results_comes_before_them(page):
    text = " ".join(Page(page).text)
    places = [
        text.index(words)
        for words in (
            "no event takes part in choosing a cut",
            "are blinded",
            "best combination of a cut",
            "Last validation loss",
            "Object choices",
        )
    ]
    assert places == sorted(places)
    assert text.index("no event of WW passes") < places[2]
    assert "They are no measurement" in text


def test_text_of_the_configuration_is_escaped(analysis):
    evil = "<script>alert('x')</script>&\"{{ 7 * 7 }}"
    run = describe_run(analysis, analysis.folder, title=evil, versions={evil: evil})
    found = Page(write(analysis.folder / "evil", run).single)
    assert "script" not in found.tags
    assert evil in found.text


def test_the_same_run_gives_the_same_bytes(analysis, page, pages):
    again = write(analysis.folder / "again", describe_run(analysis, analysis.folder))
    assert again.single.read_bytes() == page.read_bytes()
    others = [again.first, *sorted(again.pages.iterdir())]
    assert [path.read_bytes() for path in others] == [path.read_bytes() for path in pages]


def test_a_missing_figure_is_named_and_nothing_is_written(run, tmp_path):
    selection = replace(run.selections[0], matrices={"rmm": tmp_path / "nowhere"})
    with pytest.raises(ValueError, match=r"matrix_ttbar\.png is missing"):
        write(tmp_path, replace(run, selections=[selection]))
    assert list(tmp_path.iterdir()) == []


def test_the_report_tells_who_unblinded_the_search_and_why(run, tmp_path):
    decision = Unblinding(by="The board", reason="All is understood", date="2026-01-31")
    texts = []
    for unblinding in (None, decision):
        found = Page(write(tmp_path, replace(run, unblinding=unblinding)).single)
        texts.append(" ".join(found.text))
    assert "are blinded" in texts[0]
    assert "The board" not in texts[0]
    told = "Unblinded by The board on 2026-01-31. Reason given: “All is understood”. "
    assert f"{told}Pseudo-data are shown above the cuts on the score too." in texts[1]
    assert "blinded:" not in texts[1]


def test_without_data_nothing_is_blinded(analysis, tmp_path):
    blind = Analysis(analysis.folder, signals=analysis.signals, has_data=False)
    found = Page(write(tmp_path, describe_run(blind, analysis.folder)).single)
    text = " ".join(found.text)
    assert "No data take part" in text
    assert "no measurement" not in text
    assert "as counted, at" not in text
    assert not any("data by" in image["alt"] for image in found.images)


def write_beside(run, folder):
    found = Page(write(folder, run).single)
    return " ".join(found.text), [image["alt"] for image in found.images]


def test_pseudo_data_are_called_so(run, tmp_path):
    text, titles = write_beside(run, tmp_path)
    assert "Scores of pseudo-data by vae_deep" in titles
    assert "Selection 3lep, data: pseudo-data, drawn from a simulation" in text
    assert "statistically independent" in text
    assert "limited size of the simulated samples" in text
    assert "simulation describes the data" not in text
    assert "Pseudo-data: as counted" in text
    assert "Pseudo-data above the lowest cut" in text


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        ({"a": 0.0, "b": 0.0}, "Of 1,000 expected events 0 % are missing, where"),
        ({"a": 1.0, "b": 3.0}, "Of 1,000 expected events 0.40 % are missing (30 % of b), where"),
    ],
)
def test_losses_of_pseudo_data_are_quoted(analysis, tmp_path, lost, told):
    path = tmp_path / "data-0.json"
    write_json(
        path,
        {
            "events": 1021,
            "expected": {"a": 990.0, "b": 10.0},
            "drawn": {"a": 1013, "b": 8},
            "lost": lost,
            "variance_ratio": 0.934,
        },
    )
    changed = describe_run(analysis, analysis.folder, drawings={"data": path})
    text, _ = write_beside(changed, tmp_path)
    assert "data: 1,021 events, no simulated event twice" in text
    assert told in text
    assert "has 0.93 times the variance of a Poisson number" in text


def test_real_data_are_not_called_pseudo_data(analysis, tmp_path):
    real = replace(analysis, pseudo_data=False)
    text, titles = write_beside(describe_run(real, analysis.folder), tmp_path)
    assert "Scores of data by vae_deep" in titles
    assert "simulation describes the data" in text
    assert "pseudo" not in text.lower()
    assert "no measurement" not in text
    assert "Data above the lowest cut" in text


def test_each_selection_tells_of_its_own_data(run, tmp_path):
    first = run.selections[0]
    measured = run.samples["data"].model_copy(
        update={"sample": "measured", "process": None, "files": ("d.root",)}
    )
    selections = [first]
    for name, data in (("real", ["measured"]), ("both", ["data", "measured"]), ("none", [])):
        settings = first.settings.model_copy(update={"data": data})
        flows = {**first.cutflows, "measured": first.cutflows["data"]}
        selections.append(replace(first, name=name, settings=settings, cutflows=flows))
    weights = {**run.normalisations, "measured": run.normalisations["data"]}
    samples = {**run.samples, "measured": measured}
    mixed = replace(run, samples=samples, normalisations=weights, selections=selections)
    text, titles = write_beside(mixed, tmp_path)
    assert [title for title in titles if title.startswith("Scores of")] == [
        f"Scores of {what} by vae_deep" for what in ("pseudo-data", "data", "data and pseudo-data")
    ]
    assert "Selection 3lep, data: pseudo-data" in text
    assert "Selection both, data: pseudo-data" in text
    assert "Selection real, " not in text
    assert text.count("simulation describes the data") == 2
    assert text.count("statistically independent") == 2
    assert "Without data: none." in text


def test_channels_have_the_order_of_the_composition(analysis, run, tmp_path):
    selection = run.selections[0]
    assert list(selection.settings.channels) != list(analysis.channels)
    order = list(analysis.channels)
    for table in (
        tabulate_channels(selection),
        tabulate_yields(run, selection),
        tabulate_composition(selection),
    ):
        assert [row[0] for row in table.rows][: len(order)] == order
    strict = replace(run, scan=ScanSettings(minimum_effective_events=1e9))
    (line,) = [line for line in list_warnings(strict) if "effective events in the test" in line]
    assert sorted(order, key=lambda name: line.index(f"{name} (")) == order
    matrices = [t for t in write_beside(run, tmp_path)[1] if t.startswith("Mean matrix")]
    assert matrices[: len(order)] == [f"Mean matrix of {name}" for name in order]


def test_networks_have_the_order_of_the_run(run, tmp_path):
    selection = run.selections[0]
    network = selection.networks[0]
    two = replace(selection, networks=[network, replace(network, name="ae")])
    text, _ = write_beside(replace(run, selections=[two]), tmp_path)
    assert "Networks: vae_deep, ae." in text


def test_samples_tell_their_weights(run):
    rows = {row[0]: row for row in tabulate_samples(run).rows}
    assert rows["tt2l"][1:6] == ["ttbar", "background", "run2", "1 file", "sheet"]
    assert rows["tt2l"][6:12] == ["5,000", "1.5", "1.25", "1", "1", "10,000"]
    assert rows["data"][4:6] == ["1 file, drawn from simulation, 1.5 fb⁻¹", "–"]
    assert rows["data"][7:] == ["–"] * 6


@pytest.mark.parametrize(
    ("origins", "in_files", "expected"),
    [
        (("sheet", "sheet"), ("cross_section", "sum_of_weights"), "sheet, as in the files"),
        (("file", "file"), ("cross_section", "sum_of_weights"), "files"),
        (("sheet", "file"), ("sum_of_weights",), "sheet; files"),
        (("sheet", "sum:book:w"), ("cross_section",), "sheet, as in the files; sum:book:w"),
    ],
)
def test_samples_tell_where_their_numbers_come_from(run, origins, in_files, expected, tmp_path):
    columns = ("cross_section", "sum_of_weights")
    sheet = {
        column: "file" if origin == "file" else getattr(run.samples["tt2l"], column)
        for column, origin in zip(columns, origins, strict=True)
    }
    sample = run.samples["tt2l"].model_copy(update={**sheet, "factor": 0.5})
    content = {
        **run.weights["tt2l"],
        "origins": dict(zip(columns, origins, strict=True)),
        "in_files": dict.fromkeys(in_files, 7.5),
        "kept": 0.98765,
    }
    write_json(tmp_path / "tt2l.json", content)
    paths = {**run.normalisations, "tt2l": tmp_path / "tt2l.json"}
    samples = {**run.samples, "tt2l": sample}
    table = tabulate_samples(replace(run, normalisations=paths, samples=samples))
    row = {row[0]: row for row in table.rows}["tt2l"]
    assert row[4:6] == ["1 file, 98.77 % of the events used", expected]
    assert row[7] == ("7.5" if origins[0] == "file" else "1.5")
    assert row[10] == "0.5"


def test_networks_tell_what_they_are(run):
    rows = dict(tabulate_network(run.selections[0].networks[0]).rows)
    assert rows["Encoder"] == "400 tanh"
    assert rows["Latent dimensions"] == "150"
    assert rows["Parameters"] == "1,234,567"
    assert rows["Last validation loss"] == "undefined"


@pytest.mark.parametrize("kl", [None, 12.345])
def test_variational_networks_tell_their_divergence(run, kl):
    network = run.selections[0].networks[0]
    name = "Last KL divergence [nats per event]"
    assert name not in dict(tabulate_network(network).rows)
    network.card_contents[0]["kl"] = kl
    assert dict(tabulate_network(network).rows).get(name) == (None if kl is None else "12.3")


def test_object_choices_are_stated(run):
    tables = tabulate_objects(run.formats["flat"])
    assert ["light_jet_below", "2.195"] in tables[0].rows
    assert ["ele", "lepton", "(flavour < 2) & (pt > 20)"] in tables[1].rows


def test_object_choices_do_not_depend_on_the_order_of_names(run):
    settings = run.formats["flat"].model_dump()
    settings["aliases"] = {"z": "1", "a": "2"}
    settings["data_aliases"] = {"z": "3"}
    settings["objects"]["aardvark"] = settings["objects"]["ele"]
    settings["trigger"] = {
        "year": "y", "menus": {2018: ["t"], 2015: ["t"]}, "triggers": {"t": "fired"}
    }  # fmt: skip
    tables = tabulate_objects(NtupleFormat.model_validate(settings))
    names = [row[0] for table in tables for row in table.rows]
    assert names[:2] == ["jvt_point", "light_jet_below"]
    assert names[2:7] == ["a", "z", "z (data)", "aardvark", "ele"]
    assert names[-2:] == ["triggers of 2015", "triggers of 2018"]


def test_trigger_menus_are_stated(run):
    menus = {"year": "2015 + 1", "menus": {2016: ["HLT_2mu14", "HLT_2e17"]}}
    menus["triggers"] = {"HLT_2mu14": "a", "HLT_2e17": "b"}
    settings = NtupleFormat.model_validate({**run.formats["flat"].model_dump(), "trigger": menus})
    rows = dict(tabulate_objects(settings)[-1].rows)
    assert rows["data-taking year"] == "2015 + 1"
    assert rows["triggers of 2016"] == "HLT_2mu14, HLT_2e17"


def test_without_signals_data_and_background_are_shown(tmp_path):
    analysis = Analysis(tmp_path / "products", signals=()).write()
    draw_products(analysis)
    names = list_architecture_figures((), analysis.settings.score_quantiles, ["met"], has_data=True)
    assert names == ("losses", "scores", "scores_data")
    found = Page(write(tmp_path, describe_run(analysis, analysis.folder)).single)
    text = " ".join(found.text)
    assert "No selection has a signal" in text
    assert "StopIteration" not in text
    assert len(found.images) == len(names) + len(list_selection_figures(analysis.channels, ()))
