"""The command that holds a format against a file."""

import re
import subprocess
import sys

import pytest
import uproot
import yaml

from rapidmass.commands.__main__ import main as run
from real_files import FORMATS, find_file, list_files
from servers import HttpServer

PRUNED = "nano_tt_v12"  # somebody left photons and taus out of this file


def main(arguments):
    return run(["check-format", *arguments])


@pytest.fixture
def inspect(capsys):
    def inspect_file(settings, *arguments):
        status = main([str(settings), *map(str, arguments)])
        return status, capsys.readouterr().out

    return inspect_file


def test_the_command_runs_by_itself():
    file = find_file("mc_410155.ttW")
    command = [sys.executable, "-m", "rapidmass.commands", "check-format"]
    done = subprocess.run(
        [*command, FORMATS / "atlas_open_data_2020.yaml", file.path, "--events", "50"],
        capture_output=True, text=True, cwd=FORMATS.parents[1] / "workflow/src", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "tree mini: 1373 entries, 81 branches" in done.stdout
    assert "first 50 entries, as simulation, with momenta in MeV" in done.stdout
    assert done.stdout.endswith(" remarks.\n")


@pytest.mark.parametrize("start", [file.path.name for file in list_files()] or ["data_A"])
def test_every_format_fits_every_file_of_its_own(inspect, start):
    file = find_file(start)
    arguments = ["--data"] if file.is_data else []
    if start.startswith(PRUNED):
        arguments += ["--objects", "ljet", "bjet", "ele", "muo"]
    status, report = inspect(FORMATS / f"{file.format}.yaml", file.path, *arguments)
    assert status == 0
    assert report.splitlines()[-1].startswith("The format fits this file")
    assert "cannot be right" not in report
    assert "cannot be computed" not in report


def test_the_report_tells_every_part_of_the_format(inspect):
    file = find_file("ODEO_FEB2025_v0_2J2LMET30_mc_410081")
    _, report = inspect(FORMATS / "atlas_open_data_2025.yaml", file.path, "--events", "3404")
    lines = report.splitlines()
    for heading in (
        "event",
        "collection lepton",
        "collection photon",
        "in_file",
        "shifts",
        "objects",
    ):
        assert heading in lines
    (mass,) = [line for line in lines if "mass_from_energy" in line]
    assert mass.split()[0] == "mass"
    (k_factor,) = [line.split() for line in lines if line.strip().startswith("k_factor")]
    assert k_factor[1:5] == ["kfac", "1.223", "1.223", "1.223"]
    (photons,) = [line for line in lines if line.strip().startswith("pho ")]
    assert " of 3404 " in photons
    assert any("jer1, met_phi" in line for line in lines)


def test_variables_are_told_too(inspect, edit_format):
    file = find_file("nano_dy")
    variables = {"z": "z_pair(lep)", "m_z": "m(z)", "wrong": "lep[0].isolation"}
    status, report = inspect(edit_format("cms_nanoaod", variables=variables), file.path)
    (mass,) = [line.split() for line in cut_section(report, "variables") if "m_z" in line]
    assert mass[:2] == ["m_z", "m(z)"]
    assert 80 < float(mass[2]) < 100
    assert status == 1
    assert "has no .isolation" in "".join(
        cut_section(report, "expressions that cannot be computed")
    )


def cut_section(report, heading):
    """The lines below a heading, up to an empty one."""
    lines = report.splitlines()
    start = lines.index(heading) + 1
    return lines[start : lines.index("", start)]


@pytest.fixture
def edit_format(tmp_path):
    def edit(name, **changes):
        content = yaml.safe_load((FORMATS / f"{name}.yaml").read_text())
        path = tmp_path / "edited.yaml"
        path.write_text(yaml.safe_dump(content | changes))
        return path

    return edit


def test_all_missing_branches_are_listed_with_the_nearest(inspect, edit_format):
    """The release of 2020 called many things otherwise than that of 2025."""
    file = find_file("ODEO_FEB2025_v0_2J2LMET30_mc_410081")
    status, report = inspect(edit_format("atlas_open_data_2020", tree=["analysis"]), file.path)
    assert status == 1
    missing = dict(
        line.split(maxsplit=1)
        for line in cut_section(report, "branches that the file does not have")
    )
    assert {"met_et", "jet_E", "jet_MV2c10", "XSection", "scaleFactor_PILEUP"} <= set(missing)
    assert "ScaleFactor_PILEUP" in missing["scaleFactor_PILEUP"]
    assert "jet_e" in missing["jet_E"]
    problems = [line.split() for line in cut_section(report, "expressions that cannot be computed")]
    assert ["jet.mass", "needs", "jet_E"] in problems
    assert "does NOT fit" in report.splitlines()[-1]
    assert "lepton.pt" not in {words[0] for words in problems}


def test_the_wrong_unit_ends_with_a_fault(inspect, edit_format):
    file = find_file("data_B")
    path = edit_format("atlas_open_data_2020", energy_unit="GeV")
    status, report = inspect(path, file.path, "--data")
    assert status == 1
    assert any("Set energy_unit to MeV" in line for line in cut_section(report, "cannot be right"))


def test_data_taken_for_simulation_are_told(inspect):
    file = find_file("data_C")
    status, report = inspect(FORMATS / "atlas_open_data_2020.yaml", file.path)
    assert status == 1
    assert "if these are data, say --data" in report


def test_momenta_above_those_of_a_beam_are_told(inspect):
    """One event of this file has a MET of 7 TeV: a run ends with it, or leaves it out."""
    file = find_file("mc_361106")
    path = FORMATS / "atlas_open_data_2020.yaml"
    status, report = inspect(path, file.path)
    told = "1 of 898 events cannot be used: the magnitude of met is above 6500 GeV"
    assert any(told in line for line in cut_section(report, "can be right, but look"))
    assert status == 0
    assert told not in inspect(path, file.path, "--sqrt-s", "14000")[1]


def test_attributes_are_told_from_branches(inspect, edit_format):
    """`where` of an object knows branches and aliases, and no attributes."""
    file = find_file("nano_tt_v12")
    form = yaml.safe_load((FORMATS / "cms_nanoaod.yaml").read_text())
    form["collections"]["muon"].setdefault("attributes", {})["iso"] = "Muon_pt * 0"
    form["objects"]["muo"]["where"] = "iso < 0.1"
    changed = {key: form[key] for key in ("collections", "objects")}
    status, report = inspect(edit_format("cms_nanoaod", **changed), file.path)
    missing = cut_section(report, "branches that the file does not have")
    (line,) = [line for line in missing if line.split(maxsplit=1)[0] == "iso"]
    assert "an attribute of the collection muon" in line
    assert "write an alias" in line
    assert status == 1


def test_events_that_cannot_be_used_are_shown(inspect, edit_format):
    file = find_file("data_A")
    path = edit_format("atlas_open_data_2020", met={"pt": "met_et / trigM", "phi": "met_phi"})
    status, report = inspect(path, file.path, "--data")
    assert status == 1
    (told,) = [line for line in report.splitlines() if "events cannot be used" in line]
    assert re.search(
        r"\d+ of 39 events cannot be used: met is not finite \(first: entry \d+,", told
    )


def test_a_file_behind_an_address_gives_the_same_report(inspect):
    file = find_file("data_B")
    settings = FORMATS / "atlas_open_data_2020.yaml"
    server = HttpServer(file.path.parent)
    try:
        address = server.address(file.path.name)
        status, report = inspect(settings, address, "--data")
    finally:
        server.stop()
    assert status == 0
    assert report.splitlines()[0] == address
    _, expected = inspect(settings, file.path, "--data")
    assert report.splitlines()[1:] == expected.splitlines()[1:]


@pytest.fixture
def write_sheet(tmp_path):
    def write(**cells):
        row = {
            "sample": "s", "channel": "s", "role": "background", "format": "cms_nanoaod",
            "files": "x.root", "campaign": "c", "cross_section": "831.76", **cells,
        }  # fmt: skip
        row = {key: value for key, value in row.items() if value is not None}
        path = tmp_path / "samples.tsv"
        path.write_text("\t".join(row) + "\n" + "\t".join(row.values()) + "\n")
        return ["--sheet", path, "--sample", "s"]

    return write


def test_weights_of_the_sheet_are_looked_for_in_the_file(inspect, write_sheet):
    settings, file = FORMATS / "cms_nanoaod.yaml", find_file("nanoAOD_2015").path
    status, report = inspect(settings, file, *write_sheet(sum_of_weights="sum:Events:genWeight"))
    heading = "weights of the sample s, of this file alone"
    lines = [line.split() for line in cut_section(report, heading)]
    assert status == 0
    assert lines[0] == ["cross", "section", "831.76", "pb", "sheet"]
    with uproot.open(file) as opened:
        total = opened["Events"]["genWeight"].array().to_numpy().sum(dtype=float)
    assert float(lines[1][3]) == pytest.approx(total, rel=1e-4)
    # this file was cut out of a larger one, and lost its tree Runs
    status, report = inspect(settings, file, *write_sheet(sum_of_weights="sum:Runs:genEventSumw"))
    assert status == 1
    (line,) = [line for line in report.splitlines() if line.strip().startswith("weight ")]
    assert "0 trees called Runs" in line
    assert "column 'sum_of_weights'" in line


def test_the_role_of_a_sample_says_what_is_data(inspect, write_sheet):
    arguments = write_sheet(role="data", cross_section=None)
    status, report = inspect(
        FORMATS / "cms_nanoaod.yaml", find_file("nano_dimuon").path, *arguments
    )
    assert status == 0
    assert ", as data, " in report
    (line,) = cut_section(report, "weights of the sample s, of this file alone")
    assert line.split() == ["weight", "of", "an", "event", "1", "data"]


def test_a_sheet_that_does_not_fit_is_told(capsys, write_sheet):
    settings = str(FORMATS / "cms_nanoaod.yaml")
    _, sheet, *_ = write_sheet(sum_of_weights="1")
    assert main([settings, "x.root", "--sheet", str(sheet), "--sample", "t"]) == 2
    assert "has no sample 't'; it has s" in capsys.readouterr().err
    other = str(FORMATS / "thesis.yaml")
    assert main([other, "x.root", "--sheet", str(sheet), "--sample", "s"]) == 2
    assert "sample s has the format cms_nanoaod" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([settings, "x.root", "--sheet", str(sheet)])


def test_the_share_of_events_that_pass_the_trigger_is_told(inspect, edit_format):
    file = find_file("nanoAOD_2015").path
    path = edit_format("cms_nanoaod", trigger="HLT_IsoMu20 | HLT_IsoMu22")
    _, report = inspect(path, file)
    with uproot.open(file) as opened:
        fired = opened["Events"].arrays(["HLT_IsoMu20", "HLT_IsoMu22"])
    passed = int((fired.HLT_IsoMu20 | fired.HLT_IsoMu22).to_numpy().sum())
    assert 0 < passed < 200
    share = f"{passed / 200:.1%}"
    assert cut_section(report, "trigger") == [f"  passed by {passed} of 200 events ({share})"]


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["no_such_format.yaml", "x.root"], 2, "there is no ntuple format"),
        ([FORMATS / "thesis.yaml", "no_such_file.root"], 1, "no_such_file.root does not exist"),
        ([FORMATS / "thesis.yaml", FORMATS / "thesis.yaml"], 1, "cannot be read as a ROOT file"),
    ],
)
def test_what_cannot_be_opened_is_told(capsys, arguments, status, told):
    assert main([str(argument) for argument in arguments]) == status
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["a.yaml"], ["a.yaml", "b.root", "--events", "0"], ["a", "b", "--dta"]]
)
def test_a_wrong_call_ends_with_2(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: rapidmass check-format" in capsys.readouterr().err


def test_a_format_that_is_wrong_in_itself_is_told(capsys, edit_format):
    file = find_file("data_A")
    path = edit_format("atlas_open_data_2020", aliases={"tight": "tight & 1"})
    assert main([str(path), str(file.path)]) == 1
    assert "alias 'tight' of the ntuple format is defined by itself" in capsys.readouterr().err
