from dataclasses import replace

import pytest

from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.report.input_files import ALL_SOUND, FURTHER, describe_files
from rapidmass.report.page import ReportFiles, write_report
from rapidmass.report.warnings import list_warnings

SOUND = {
    "file": "a.root", "entries": 5000, "estimated": False, "left_out": None, "bad_events": [],
    "n_bad_events": 0, "lost": 0,
}  # fmt: skip
BAD = {"entry": 17, "run": 4, "event": 18, "reason": "met is not finite"}
TORN = SOUND | {"file": "b.root", "entries": 1250, "estimated": True, "left_out": "is torn",
                "lost": 1250}  # fmt: skip
COPY = SOUND | {"file": "z.root", "left_out": "repeats 5000 events of a.root"}
FLAWED = SOUND | {"file": "c.root", "bad_events": [BAD], "n_bad_events": 1, "lost": 1}


def write(folder, run):
    """Write a report; its single file holds what all pages say."""
    output = ReportFiles(
        folder / "index.html", folder / "pages", folder / "report.html", folder / "headlines.txt"
    )
    write_report(output, run)
    return output.single.read_text()


@pytest.fixture
def judged(run, tmp_path):
    """The run, with what was found of the files of some samples."""

    def judge(found, kept=1.0, sum_of_weights=None, where=None, losses=None):
        quarantine_records, normalisations, samples = (
            {},
            dict(run.normalisations),
            dict(run.samples),
        )
        for name, sample in run.samples.items():
            parts = {f"p{k}": part for k, part in enumerate(found.get(name, [SOUND]))}
            lost, share = sum(part["lost"] for part in parts.values()), 1.0
            if name in found:
                share = kept
                content = {**read_json(run.normalisations[name]), "kept": kept}
                if where is not None:
                    samples[name] = sample.model_copy(update={"sum_of_weights": where})
                normalisations[name] = tmp_path / f"weight-{name}.json"
                write_json(normalisations[name], content)
            quarantine_records[name] = tmp_path / f"{name}.json"
            content = {"sample": name, "role": sample.role, "parts": parts, "events": 5000 + lost,
                       "kept": share, "sum_of_weights": sum_of_weights}  # fmt: skip
            write_json(quarantine_records[name], content)
        selections = run.selections
        if losses is not None:
            write_json(tmp_path / "losses.json", losses)
            selections = [replace(run.selections[0], losses=tmp_path / "losses.json")]
        # what is read once is kept: a run of its own
        return replace(
            run,
            quarantine_records=quarantine_records,
            normalisations=normalisations,
            samples=samples,
            selections=selections,
        )

    return judge


def find_rows(section, number=0):
    return {row[0]: row for row in section.tables[number].rows}


def test_where_bad_files_end_a_run_there_is_no_section(run, tmp_path):
    assert describe_files(run) is None
    page = write(tmp_path, run)
    assert ALL_SOUND in page
    assert 'id="files"' not in page


def test_where_nothing_is_left_out_the_section_says_so(judged):
    section = describe_files(judged({}))
    assert "Nothing had to be left out." in section.text
    (table,) = section.tables
    assert find_rows(section)["Zee"] == [
        "Zee", "background", "nothing", "1", "0", "5,000", "0", "100.00 %",
    ]  # fmt: skip
    assert len(table.rows) == 7


def test_what_is_left_out_is_listed_with_reason_and_correction(judged, tmp_path):
    run = judged({"tt2l": [SOUND, TORN, COPY]}, kept=0.8)
    section = describe_files(run)
    assert find_rows(section)["tt2l"] == [
        "tt2l", "background", "weights ÷ 0.80000", "3", "2", "6,250", "1,250", "80.000 %",
    ]  # fmt: skip
    assert section.tables[1].rows == [
        ["tt2l", "b.root", "is torn", "about 1,250", "1,250"],
        ["tt2l", "z.root", "repeats 5000 events of a.root", "5,000", "0"],
    ]
    page = write(tmp_path, run)
    for words in ('<a href="#files">Input files</a>', "is torn", "weights ÷ 0.80000"):
        assert words in page
    assert ALL_SOUND not in page


def test_single_events_are_listed(judged):
    section = describe_files(judged({"Zee": [SOUND, FLAWED]}, kept=0.9999))
    assert section.tables[1].rows == [["Zee", "c.root", "met is not finite", "17", "4", "18"]]
    assert section.tables[1].note == ""
    many = FLAWED | {"bad_events": [BAD] * 100, "n_bad_events": 250}
    table = describe_files(judged({"Zee": [many, many]}, kept=0.9)).tables[1]
    assert len(table.rows) == 100
    assert table.note == "The first ones of 500 events."


def test_luminosities_and_sums_are_corrected_in_their_own_way(judged):
    data = describe_files(judged({"data": [SOUND, TORN]}, kept=0.8))
    assert find_rows(data)["data"][2] == "luminosity × 0.80000"
    added = {"where": "sum:meta:w"}
    summed = describe_files(judged({"WZ": [SOUND, TORN]}, kept=1.0, **added))
    assert find_rows(summed)["WZ"][2] == "sum of weights of the files used"
    both = describe_files(judged({"WZ": [FLAWED, TORN]}, kept=0.99, **added))
    assert find_rows(both)["WZ"][2] == "weights ÷ 0.99000, sum of weights of the files used"
    over_events = describe_files(judged({"WZ": [SOUND, FLAWED]}, sum_of_weights=9.0, **added))
    assert find_rows(over_events)["WZ"][2] == "sum of weights of the events used"
    nothing = describe_files(judged({"WZ": [SOUND]}, sum_of_weights=9.0, **added))
    assert find_rows(nothing)["WZ"][2] == "nothing"
    constant = describe_files(judged({"WZ": [SOUND, TORN]}, kept=0.8, where="branch:w"))
    assert find_rows(constant)["WZ"][2] == "weights ÷ 0.80000"


def test_what_a_selection_or_a_variation_leaves_out_is_listed(judged):
    found = {"Zee": [FLAWED | {"n_bad_events": 5}, FLAWED | {"left_out": "is torn"}]}
    nominal = {"Zee": {"events": 1000, "left_out": 8}, "WZ": {"events": 500, "left_out": 0}}
    shifts = {
        "up": {"Zee": {"events": 1000, "left_out": 28}, "WZ": {"events": 500, "left_out": 0}},
        "down": {"Zee": {"events": 1000, "left_out": 6}},
    }
    section = describe_files(judged(found, losses={"samples": nominal, "shifts": shifts}))
    assert FURTHER in section.text
    assert section.tables[-1].rows == [
        ["3lep", "nominal", "Zee", "+3", "0.300"],
        ["3lep", "up", "Zee", "+20", "2.00"],
        ["3lep", "down", "Zee", "−2", "−0.200"],
    ]
    sound = {name: {**found, "left_out": 0} for name, found in nominal.items()}
    section = describe_files(judged({}, losses={"samples": sound, "shifts": {"up": sound}}))
    assert FURTHER not in section.text
    assert len(section.tables) == 1


def test_a_warning_names_samples_of_which_events_are_left_out(judged):
    def find(run):
        return [line for line in list_warnings(run) if "bad files" in line]

    assert find(judged({})) == find(judged({"tt2l": [SOUND, COPY]})) == []
    (line,) = find(judged({"tt2l": [SOUND, TORN]}, kept=0.8))
    assert line.startswith("20.0 % of the events of tt2l are left out")
