"""The command `rapidmass`, as people call it."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
import yaml

from rapidmass.commands.__main__ import COMMANDS, main
from rapidmass.commands.branches import recognise
from rapidmass.commands.convert_config import convert
from rapidmass.config.load import ConfigError, validate
from rapidmass.config.moved_keys import RENAMED, find_moved
from rapidmass.config.reference import SCHEMAS
from rapidmass.config.root import Config
from rapidmass.provenance.records import write_record
from rapidmass.provenance.requests import Request
from real_files import REAL, ROOT, find_file

OTHER = REAL / "other"


@pytest.fixture
def call(capsys):
    def run(*arguments):
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def test_the_command_that_is_installed_is_this_one():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"rapidmass": "rapidmass.commands.__main__:main"}
    command = [sys.executable, "-m", "rapidmass.commands", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert all(name in done.stdout for name in COMMANDS)


def test_every_command_is_described_and_others_are_refused(capsys):
    for name, text in COMMANDS.items():
        with pytest.raises(SystemExit) as stopped:
            main([name, "--help"])
        assert stopped.value.code == 0
        assert text[1:] in " ".join(capsys.readouterr().out.split())
    with pytest.raises(SystemExit) as stopped:
        main(["no-such-command"])
    assert stopped.value.code == 2


def test_a_command_imports_only_what_it_needs():
    code = (
        "import sys; from rapidmass.commands.__main__ import main; main(['schema']); "
        "sys.exit(bool({'uproot', 'matplotlib', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=-3, check=False).returncode == 0


@pytest.mark.parametrize(("kind", "file"), [("config", "schema.json"), ("ntuple-format", None)])
def test_schemas_are_those_of_the_files(call, kind, file):
    status, out, _ = call("schema", kind)
    assert status == 0
    assert json.loads(out) == SCHEMAS[file or "ntuple-schema.json"].model_json_schema()


# history


@pytest.fixture
def product(tmp_path, monkeypatch):
    """A chain of two products, made by this checkout's code from a file from outside."""
    monkeypatch.chdir(tmp_path)
    first, second = Path("results/a.json"), Path("results/folder")
    second.mkdir(parents=True)
    first.write_text("1")
    (second / "figure.png").write_text("2")
    settings = '{"cuts": {"selections.2lep.cuts": [1]}}'
    modules = {"fit_scaler.py": "no digest of today"}
    one = Request(settings, modules, {"numpy": "2.0"}, {}, {"in.root": "7-abc"})
    write_record(one, {}, [str(first)])
    contents = json.loads((first.parent / ".a.json.record.json").read_text())["outputs"]
    two = Request("{}", {"train.py": "x"}, {}, {str(first): one.digest}, {})
    write_record(two, contents, [str(second)])
    return first, second


def test_the_history_of_a_product_reaches_back_to_files(call, product):
    status, out, _ = call("history", product[1] / "figure.png", "--depth", 2, "--json")
    found = json.loads(out)
    assert status == 0
    assert found["product"] == "results/folder"
    assert found["script"] == "train.py"
    (above,) = found["inputs"]
    assert (above["product"], above["state"]) == ("results/a.json", "as then")
    assert above["files"] == {"in.root": "7-abc"}
    assert above["settings"] == {"selections.2lep.cuts": [1]}
    assert above["versions"] == {"numpy": "2.0"}
    assert above["command"] == "snakemake --cores 1 --force results/a.json"
    # the script has other code today, and reaches other modules
    assert "fit_scaler.py" in above["code"]["differs"]
    assert above["code"]["commit"] is None
    assert call("history", product[1], "--depth", 0)[1].count("results/a.json") == 1


def test_an_altered_product_and_an_altered_input_are_told(call, product):
    product[0].write_text("other")
    status, out, _ = call("history", product[0])
    assert status == 1
    assert "ALTERED" in out
    assert "state     as it was made" in call("history", product[1])[1]
    product[0].with_name(".a.json.record.json").unlink()
    assert "made anew since" in call("history", product[1])[1]


@pytest.mark.usefixtures("product")
def test_what_has_no_history_is_told(call, tmp_path):
    (tmp_path / "x").write_text("")
    assert call("history", "x")[0] == 2
    assert "no record" in call("history", "x")[2]
    assert "there is no y" in call("history", "y")[2]


def test_code_of_this_checkout_is_recognised(call, product):
    from rapidmass.provenance.code_digests import digest_modules

    script = ROOT / "workflow/scripts/fit_scaler.py"
    write_record(Request("{}", digest_modules(script), {}), {}, [str(product[0])])
    out = call("history", product[0])[1]
    assert re.search(r"code +\d+ modules, as in this checkout", out)


# convert-config

OLD = """\
# my search
distortions: {share: 0.5}  # kept
studies:
  replicas:
    enabled: true
  megaset_study: {numbers: [2, 4]}
architectures:
  one: {family: present_autoencoder}
baselines: {pca: {kind: pca, exclude_cells: [met]}}
"""


def test_keys_with_another_name_are_replaced_in_their_places(call, tmp_path):
    path, output = tmp_path / "old.yaml", tmp_path / "new.yaml"
    path.write_text(OLD)
    status, _, err = call("convert-config", path, "-o", output)
    assert status == 0
    text = output.read_text()
    for old, new in (
        ("distortions", "augmentation"), ("replicas", "seeds"), ("megaset_study", "megaset_number"),
        ("present_autoencoder", "masked_autoencoder"), ("exclude_cells", "exclude_features"),
    ):  # fmt: skip
        assert old not in text
        assert f"{old} -> {new}" in err
    assert text.splitlines()[0] == "# my search"
    assert "{share: 0.5}  # kept" in text
    before, after = yaml.safe_load(OLD), yaml.safe_load(text)
    assert after["augmentation"] == before["distortions"]
    assert convert(text, "new")[0] == text


def test_what_has_no_other_name_is_left_and_told(call, tmp_path):
    path = tmp_path / "old.yaml"
    path.write_text("seed: 1\nstudies: {limits: {bins: 3}}\n")
    status, out, err = call("convert-config", path)
    assert status == 1
    assert out == path.read_text()
    assert f"{path}: line 2: studies.limits: it is part of studies.fits today" in err


def test_errors_name_the_key_of_today():
    assert find_moved(["studies", "replicas"]) == "it is called studies.seeds today"
    with pytest.raises(ConfigError, match="distortions: unknown key; it is called augmentation"):
        validate(Config, {"distortions": {}}, "x")
    assert all(find_moved([pattern]) is None for pattern in ("seeds", *RENAMED.values()))


# new


def test_a_draft_of_nanoaod_fits_its_file(call, tmp_path):
    file, early, data = (find_file(name) for name in ("nano_tt_v12", "nano_dy", "nano_dimuon"))
    status, out, _ = call("new", file.path, early.path, "--data", data.path, "--folder", tmp_path)
    assert status == 0, out
    assert "The format fits this file" in out
    form = (tmp_path / "config/ntuples/my_search.yaml").read_text()
    assert "pt: MET_pt" in form
    assert "nPSWeight" not in form, "which is a number of weights"
    assert "Jet_btagDeepFlavB > b_tag_point" in form
    guessed = [line for line in form.splitlines() if line.endswith("# guessed")]
    assert len(guessed) == len(yaml.safe_load(form)["objects"])
    sheet = (tmp_path / "config/my_search.tsv").read_text()
    rows = [line.split("\t") for line in sheet.splitlines()[3:]]
    assert [row[2] for row in rows] == ["background", "background", "data"]
    # of the second file what it keeps beside the events, in the spelling of its version
    assert [row[7] for row in rows] == ["sum:Events:genWeight", "sum:Runs:genEventSumw_", ""]
    status, _, err = call("new", file.path, "--folder", tmp_path)
    assert status == 2
    assert "is there already" in err


@pytest.mark.parametrize(
    ("path", "unit", "kinds"),
    [
        ("other/delphes.root", "GeV", {"electron", "muon", "jet", "photon"}),
        ("atlas-open-data-2020-13tev/mc_361106.Zee.4lep.root", "MeV",
         {"lepton", "jet", "photon", "tau"}),
        ("atlas-open-data-2025-13tev/*2J2LMET30.root", "GeV", {"lepton", "jet", "photon", "tau"}),
    ],
)  # fmt: skip
def test_other_kinds_of_files_are_recognised(call, tmp_path, path, unit, kinds):
    (file, *_) = [*REAL.glob(path), None]
    if file is None:
        pytest.skip("the file is not there")
    found = recognise(str(file))
    assert (found.energy_unit, set(found.collections)) == (unit, kinds)
    assert call("new", file, "--folder", tmp_path, "--name", "mine")[0] == 0
    sheet = (tmp_path / "config/mine.tsv").read_text()
    assert f"sum:{found.tree}:{found.weight}" in sheet
    form = yaml.safe_load((tmp_path / "config/ntuples/mine.yaml").read_text())
    assert ("identity" in form) == (found.run is not None)


@pytest.fixture
def write_muons():
    """Thirty events with a muon and a jet each, and further numbers of events and jets."""
    rng = np.random.default_rng(1)

    def make_list(low, high):
        return ak.Array(rng.uniform(low, high, (30, 1)).tolist())

    def write(path, *numbers, tagger="jet_btag"):
        ends = {"pt": (25, 90), "eta": (-2, 2), "phi": (-3, 3)}
        lists = {f"{name}_{key}": make_list(*ends[key]) for name in ("mu", "jet") for key in ends}
        lists[tagger] = make_list(0, 1)
        flat = {name: rng.uniform(1, 3, 30) for name in ("met", "met_phi", "evt", *numbers)}
        kinds = dict.fromkeys(lists, "var * float64") | dict.fromkeys(flat, "float64")
        with uproot.recreate(path) as file:
            file.mktree("t", kinds).extend(lists | flat)

    return write


def test_the_command_at_the_end_runs_what_was_drafted(call, write_muons, tmp_path, monkeypatch):
    """From outside of the checkout, on files in a folder above, with weights by other names."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    write_muons("../a b.root", "w_mc", "sf_mu")
    _, out, _ = call("new", "../a b.root", "--folder", "my search")
    *_, command = out.splitlines()
    words = shlex.split(command.partition("; then: ")[2])
    given = dict(pairwise(words))
    assert given["--snakefile"] == str(ROOT / "Snakefile")
    assert Path(given["--configfile"]).is_file()
    assert Path(given["--directory"]).is_dir()
    assert "sums of weights and luminosities are guessed" in out
    form = Path("my search/config/ntuples/my_search.yaml").read_text()
    assert "no weight is recognised (w_mc, sf_mu)" in form
    assert 'identity: {run: "0", event: "evt"}' in form
    assert "identity" not in yaml.safe_load(form), "numbers may begin anew in every file"
    assert str(tmp_path / "a b.root") in Path("my search/config/my_search.tsv").read_text()


def test_files_that_the_draft_does_not_fit_are_told(call, write_muons, tmp_path):
    """The format is drafted from the first file; others may be of an earlier kind."""
    new, old, more = paths = [tmp_path / f"{name}.root" for name in ("new", "old", "more")]
    for path in paths:
        write_muons(path, tagger="jet_csv" if path == old else "jet_btag")
    status, out, _ = call("new", *paths, "--folder", tmp_path)
    assert status == 1
    assert str(new) in out
    assert f"{old}: The format does NOT fit this file: 2 expressions cannot be computed" in out
    assert f"check-format {tmp_path / 'config/ntuples/my_search.yaml'} {old}  tells why" in out
    assert f"{more}: " not in out


def test_a_file_without_leptons_is_refused_and_nothing_is_written(call, tmp_path):
    file = find_file("ww")
    status, _, err = call("new", file.path, "--folder", tmp_path / "x")
    assert status == 2
    assert "no electrons or muons are recognised in the tree events" in err
    assert not (tmp_path / "x").exists()
    status, _, err = call("new", file.path, "--tree", "other")
    assert "has no tree 'other'; it has events" in err
    text = tmp_path / "a.root"
    shutil.copy(ROOT / "README.md", text)
    assert "cannot be read as a ROOT file" in call("new", text)[2]
