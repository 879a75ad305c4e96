"""What the report says of trainings and signals that they were not told of."""

from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.report.formatting import UNDEFINED
from rapidmass.studies.trainings.draw import draw_section
from rapidmass.studies.trainings.figures import QUANTITIES, draw_matrix
from rapidmass.studies.trainings.measure import Row, compare_trainings
from rapidmass.studies.trainings.section import describe_trainings
from synthetic_scores import FRAME, write_and_read


def test_words_say_what_is_lost(measured, tmp_path):
    section = describe_trainings(tmp_path, measured)
    assert write_and_read(section, tmp_path).text == section.text
    text = " ".join(section.text)
    assert "one was told of A_light. Of 1 signals that it was not told of, it keeps 50.0 %" in text
    assert "The AUC of one is lower than that of the own training by 0.150 in the median" in text
    # 0.2 ± 10 % is above 0.1 ± 10 %, and 0.05 is not
    assert "all does so for 1 of 1 such signals: B." in text
    assert "one does so for 1 of 2 such signals: A_heavy." in text
    assert "No training was told of B: there is no ratio." in text
    assert "best single variable, chosen anew" in text
    (table,) = section.tables
    row = next(row for row in table.rows if list(row[:2]) == ["A_light", "all *"])
    assert row[2] == "0.900 ± 0.010"
    assert row[3].startswith("40 % (36 to 44)")
    assert row[4].startswith("0.8")
    row = next(row for row in table.rows if row[0] == "B" and row[1].endswith("(met)"))
    assert row[4] == UNDEFINED


def test_combinations_are_summed_up_over_all_signals(scans, measured, tmp_path):
    scans["stacking"] = scans["one"]
    own = [Row(r["name"], r["kind"], tuple(r["told"])) for r in measured["rows"][:5]]
    rows = [*own, Row("stacking", "combination", ("A_light", "A_heavy"))]
    found = compare_trainings(rows, scans, measured["signals"])
    assert found["own"]["A_light"] == "one"
    text = " ".join(describe_trainings(tmp_path, found).text)
    assert "The combination stacking keeps 75.0 % of the efficiency" in text


def test_nothing_is_said_without_rivals(measured, tmp_path):
    trainings = {**measured, "rows": [r for r in measured["rows"] if r["kind"] == "training"]}
    text = " ".join(describe_trainings(tmp_path, trainings).text)
    assert "model-independent" not in text


def test_nothing_is_won_against_rivals_with_too_little_background(measured, tmp_path):
    nothing = dict.fromkeys(("efficiency", "low", "high"))
    for row in measured["rows"]:
        if row["kind"] != "training":
            row["cells"] = {name: {**cell, **nothing} for name, cell in row["cells"].items()}
    text = " ".join(describe_trainings(tmp_path, measured).text)
    assert "such signals" not in text


def test_matrices_hold_the_numbers(measured, tmp_path):
    draw_matrix(FRAME, measured, "efficiency", tmp_path / "efficiency")
    drawn = read_json(tmp_path / "efficiency.json")
    assert drawn["scores"][:2] == ["all", "one"]
    assert drawn["values"][1] == [50.0, 15.0, 5.0]
    draw_matrix(FRAME, measured, "ratio", tmp_path / "ratio")
    assert read_json(tmp_path / "ratio.json")["values"][0] == [0.8, 1.0, None]


def test_a_section_has_its_figures(measured, tmp_path):
    write_json(tmp_path / "trainings.json", measured)
    frame = {
        "plots": FRAME.plots.model_dump(mode="json"), "selection": "3lep", "channels": ["ttbar"],
        "signals": measured["signals"], "luminosity": 1000.0, "sqrt_s": 13000.0,
    }  # fmt: skip
    section = draw_section(tmp_path, {"frame": frame}, {"trainings": [tmp_path / "trainings.json"]})
    assert {figure.path.stem for figure in section.figures} == set(QUANTITIES)
    assert all(figure.path.is_file() for figure in section.figures)
