from dataclasses import replace

import pytest

from rapidmass.config.studies.blind_test import BlindTest, Consent, Unblinding
from rapidmass.report.sections import read_section, write_section
from rapidmass.studies.blind_test.section import describe_blind_test, name_figure
from rapidmass.studies.blind_test.tables import BlindProducts
from synthetic_blind_test import SHIFTS, SIGNALS, study

DECISION = Unblinding(by="The board", reason="All is understood.", date="2026-01-31")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sections") / "blind_test"
    folder.mkdir()
    for scorer in ("vae_deep", "met"):
        for kind in ("mixture", "answer", "unmixed"):
            (folder / f"{name_figure(kind, scorer)}.png").write_bytes(b"a picture")
    return folder


def make_products(*, answered, **changes):
    result = study(answered=answered)
    products = BlindProducts(
        results={"vae_deep": result, "met": result},
        settings=BlindTest(bins=10, widest=5, share=0.3),
        unblinding=DECISION if answered else None,
        consent=None,
        signals=SIGNALS,
        data=["obs"],
        pseudo_data=["obs"],
    )
    return replace(products, **changes)


def list_texts(section):
    tables = [" ".join([*table.columns, table.note]) for table in section.tables]
    cells = [cell for table in section.tables for row in table.rows for cell in row]
    own = [section.title, *section.text, *tables, *cells]
    own += [word for figure in section.figures for word in (figure.title, figure.caption)]
    return " ".join([*own, *(list_texts(part) for part in section.sections)])


def test_before_unblinding_nothing_is_told_of_the_answer(folder):
    section = describe_blind_test(folder, make_products(answered=False))
    text = list_texts(section)
    assert "is sealed" in text
    assert "The board" not in text
    assert [part.title for part in section.sections] == ["The mixture"]
    figures = section.sections[0].figures
    assert [f.path.stem for f in figures] == ["mixture_vae_deep", "mixture_met"]
    assert "Area under the curve" not in text


def test_after_unblinding_all_is_told(folder):
    section = describe_blind_test(folder, make_products(answered=True))
    text = list_texts(section)
    assert "Unblinded by The board on 2026-01-31. Reason given: “All is understood”." in text
    assert "sealed" not in text
    assert [part.title for part in section.sections] == ["The mixture", "The answer"]
    assert len(section.sections[1].figures) == 4
    areas, above = section.sections[1].tables
    assert list(areas.columns) == ["Score", "All signals", *SIGNALS]
    assert [len(row) for row in areas.rows] == [4, 4]
    assert [row[:2] for row in above.rows][:2] == [
        ["vae_deep", "50 % removed"],
        ["vae_deep", "90 % removed"],
    ]
    part = study(answered=True)["answer"]["signals"][SIGNALS[1]]
    assert above.rows[1][4].startswith(f"{part['above'][1]} of {part['events']} (")


def test_numbers_are_those_of_the_result(folder):
    products = make_products(answered=False)
    excesses, cuts = describe_blind_test(folder, products).sections[0].tables
    best = products.results["met"]["excess"]["best"]
    assert excesses.rows[1][0] == "met"
    assert excesses.rows[1][1].endswith("to ∞")
    assert excesses.rows[1][2] == str(best["observed"])
    assert excesses.rows[1][5] == "< 0.0033"
    assert excesses.rows[1][6].startswith("> 2.7")
    assert cuts.rows[0][:3] == ["vae_deep", "none", "900"]
    assert len(cuts.rows) == 6


def test_a_score_that_could_not_be_tested_is_undefined(folder):
    products = make_products(answered=False)
    result = products.results["met"]
    untested = {**result, "excess": {**result["excess"], "best": None}}
    products = replace(products, results={"vae_deep": result, "met": untested})
    excesses, _ = describe_blind_test(folder, products).sections[0].tables
    assert set(excesses.rows[1][1:]) == {"undefined"}


@pytest.mark.parametrize(("pseudo", "word"), [(["obs"], "pseudo-data"), ([], "data")])
def test_pseudo_data_are_called_so(folder, pseudo, word):
    section = describe_blind_test(folder, make_products(answered=False, pseudo_data=pseudo))
    assert f"Signals were hidden among the {word} of this selection" in section.text[0]
    assert ("Pseudo-data can hold" in " ".join(section.text)) == bool(pseudo)
    assert "30 % were replaced" in section.text[0]
    counted = make_products(answered=False, settings=BlindTest(events=77))
    assert "77 were replaced" in describe_blind_test(folder, counted).text[0]


@pytest.mark.parametrize("answered", [False, True])
def test_the_section_can_be_handed_over(folder, answered):
    section = describe_blind_test(folder, make_products(answered=answered))
    write_section(folder, section)
    read = read_section(folder, "s0-")
    assert read.text == section.text
    assert read.sections[0].anchor == "s0-blind_test-mixture"


def test_who_accepted_what_the_mixture_gives_away_is_told(folder):
    consent = Consent(by="The group", reason="The data are public.")
    text = list_texts(describe_blind_test(folder, make_products(answered=False, consent=consent)))
    assert "Accepted by The group. Reason given: “The data are public”." in text
    assert "whoever compares the events of the mixture with the pseudo-data finds" in text
    assert "Accepted by" not in list_texts(
        describe_blind_test(folder, make_products(answered=False))
    )


def test_variations_are_told_of_where_there_are_some(folder):
    without = list_texts(describe_blind_test(folder, make_products(answered=False)))
    assert "ariations" not in without
    assert "hatched: statistical uncertainty" in without
    result = study(shifts=SHIFTS)
    products = make_products(answered=False, results={"vae_deep": result, "met": result})
    section = describe_blind_test(folder, products)
    text = list_texts(section)
    assert "Systematic variations of the simulation (down, norm, up)" in text
    assert "hatched: statistical and systematic uncertainty" in text
    _, cuts = section.sections[0].tables
    assert "statistical and its systematic uncertainty" in cuts.note
    written = [row[-1].split(" ± ") for row in cuts.rows]
    background = result["background"]
    assert float(written[0][2]) == pytest.approx(background["systematic"], rel=0.05)
    assert all(len(parts) == 3 for parts in written)
