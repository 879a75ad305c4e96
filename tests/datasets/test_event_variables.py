"""Variables of a configuration on real NanoAOD, against a plain loop over its events."""

import math
from itertools import combinations

import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot
import yaml

from rapidmass.config.load import load_analysis
from rapidmass.config.search.variables import keep_variables, list_columns
from rapidmass.datasets.shards import Sharder, write_shard
from rapidmass.models.baselines.registry import load_baseline
from rapidmass.scores.read import read_signal
from rapidmass.scores.write import write_scores
from rapidmass.search.scan import scan_cuts
from real_files import FORMATS, list_files

Z_MASS = 91.1880
CONFIG = """\
seed: 1
samples: sheet.tsv
ntuple_formats: formats
representations:
  matrix: {kind: rmm, types: [ljet: 2, ele: 2, muo: 2]}
  table:
    kind: table
    features: {m_z: m_z, angle: dphi_z_met, jet: "ljet[0].pt / met", charge: "sum(lep.charge)"}
campaigns: {run2: {luminosity: 1000}}
selections:
  z_jets:
    variables:
      z: z_pair(lep)
      m_z: m(z)
      dphi_z_met: abs(dphi(z, met))
    cuts:
      - {name: on the Z, require: abs(m_z - 91.188) < WINDOW}
      - {name: two jets, require: n_ljet >= 2}
      - {name: back to back, require: dphi_z_met > ANGLE}
    channels: {Z: [Z]}
    signals: [signal]
    spectra: [met, m_z, dphi_z_met]
baselines:
  angle: {kind: variable, variable: dphi_z_met}
scan:
  variables:
    m_z: {start: 60, stop: 120, step: 2, label: $m_Z$, unit: GeV}
    dphi_z_met: {start: 0, stop: 3.2, step: 0.1}
architectures:
  ae:
    family: autoencoder
    representation: table
    layers: [{units: 2, activation: tanh}, {units: inputs}]
"""
SHEET = """\
sample\tchannel\trole\tformat\tfiles\tcampaign\tcross_section\tsum_of_weights
Z\tZ\tbackground\tnano\tZ.root\trun2\t1\t1
signal\tsignal\tsignal\tnano\tsignal.root\trun2\t1\t1
"""
OBJECTS = {
    "ele": {"collection": "electron", "where": "Electron_pt > 10"},
    "muo": {"collection": "muon", "where": "Muon_pt > 10"},
    "ljet": {"collection": "jet", "where": "Jet_pt > 25"},
}
FILES = [file for file in list_files() if file.format == "cms_nanoaod"]
WINDOW, ANGLE = 10, 2.0


@pytest.fixture
def make_analysis(tmp_path):
    def make(window, angle):
        delivered = yaml.safe_load((FORMATS / "cms_nanoaod.yaml").read_text())
        folder = tmp_path / "formats"
        folder.mkdir(exist_ok=True)
        (folder / "nano.yaml").write_text(yaml.safe_dump({**delivered, "objects": OBJECTS}))
        (tmp_path / "sheet.tsv").write_text(SHEET)
        text = CONFIG.replace("WINDOW", str(window)).replace("ANGLE", str(angle))
        content = yaml.safe_load(text)
        content |= {"samples": str(tmp_path / "sheet.tsv"), "ntuple_formats": str(folder)}
        return load_analysis(content)

    return make


def make_shard(analysis, path, output, shown="matrix"):
    """A shard as the workflow makes it, of settings in JSON types."""
    form, config = analysis.formats["nano"], analysis.config
    settings = {
        "sample": "signal", "part": path.stem, "selection": "z_jets", "is_data": False,
        "format": form.model_copy(update={"variables": {}}).model_dump(mode="json"),
        "cuts": [cut.model_dump() for cut in config.selections["z_jets"].cuts],
        "variables": keep_variables(config, "z_jets", form, shown),
        "columns": list_columns(config, "z_jets"),
        "representation": config.show(shown).describe(),
        "objects": list(config.objects.items()),
        "sqrt_s": config.sqrt_s,
        "seed": 1, "require": None, "quarantine": False, "piece": None,
    }  # fmt: skip
    if "genWeight" not in uproot.open(path)["Events"]:
        settings["is_data"] = True
    sharder = Sharder.parse(settings, f'{{"location": "{path}"}}')
    write_shard(sharder, output, output.with_suffix(".json"), {})
    return sharder.cutflow.raw


def find_pair(events, row):
    """Find mass and azimuth of the opposite-sign same-flavour pair nearest the Z."""
    leptons = []
    for kind, mass in (("Electron", 0.000511), ("Muon", 0.105658)):
        columns = [events[f"{kind}_{key}"][row] for key in ("pt", "eta", "phi", "charge")]
        for pt, eta, phi, charge in zip(*(map(float, c) for c in columns), strict=True):
            x, y, z = pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta)
            energy = math.sqrt(x * x + y * y + z * z + mass * mass)
            if pt > 10:
                leptons.append((kind, charge, energy, x, y, z))
    pairs = []
    for a, b in combinations(leptons, 2):
        if a[0] == b[0] and a[1] * b[1] < 0:
            e, x, y, z = (p + q for p, q in zip(a[2:], b[2:], strict=True))
            pairs.append((math.sqrt(max(e * e - x * x - y * y - z * z, 0)), math.atan2(y, x)))
    return min(pairs, key=lambda pair: abs(pair[0] - Z_MASS), default=None)


def loop(path, window, angle):
    """Go through the events in plain Python: how many each cut leaves, and their variables."""
    with uproot.open(path) as file:
        tree = file["Events"]
        met = next(name for name in ("MET", "PuppiMET") if f"{name}_pt" in tree)
        keys = [f"{kind}_{key}" for kind in ("Electron", "Muon") for key in ("pt", "eta", "phi")]
        keys += ["Electron_charge", "Muon_charge", "Jet_pt", f"{met}_phi"]
        events = tree.arrays(keys, library="np")
    counts, found = [len(events["Jet_pt"]), 0, 0, 0], []
    for row in range(counts[0]):
        best = find_pair(events, row)
        if best is None or not abs(best[0] - 91.188) < window:
            continue
        counts[1] += 1
        if sum(float(pt) > 25 for pt in events["Jet_pt"][row]) < 2:
            continue
        counts[2] += 1
        turn = abs(math.remainder(best[1] - float(events[f"{met}_phi"][row]), 2 * math.pi))
        if turn > angle:
            counts[3] += 1
            found.append((best[0], turn))
    return counts, sorted(found)


# the files are small: with a wide window more than a few events are compared
@pytest.mark.parametrize(("window", "angle"), [(WINDOW, ANGLE), (1000, 1.0)])
def test_cuts_and_columns_are_what_a_plain_loop_finds(make_analysis, tmp_path, window, angle):
    if not FILES:
        pytest.skip("there is no NanoAOD")
    analysis, total = make_analysis(window, angle), 0
    for file in FILES:
        shard = tmp_path / f"{file.path.stem}.parquet"
        counts, found = loop(file.path, window, angle)
        assert make_shard(analysis, file.path, shard) == counts
        table = pq.read_table(shard)
        columns = zip(*(table[name].to_pylist() for name in ("m_z", "dphi_z_met")), strict=True)
        np.testing.assert_allclose(
            np.reshape(sorted(columns), (-1, 2)), np.reshape(found, (-1, 2)), rtol=1e-5
        )
        total += counts[-1]
    assert total > (0 if window == WINDOW else 10)


def test_variables_are_features_of_a_table(make_analysis, tmp_path):
    if not FILES:
        pytest.skip("there is no NanoAOD")
    analysis = make_analysis(1000, 0.0)
    path = next(file.path for file in FILES if "tt_v12" in file.path.name)
    shards = {name: tmp_path / f"{name}.parquet" for name in ("matrix", "table")}
    for name, shard in shards.items():
        make_shard(analysis, path, shard, name)
    matrix, table = (pq.read_table(shards[name]) for name in shards)
    assert matrix["key"].equals(table["key"])
    for column, feature in (("m_z", "m_z"), ("dphi_z_met", "angle")):
        assert table[f"feature:{feature}"].equals(matrix[column])
    keys = matrix["key"].to_pylist()
    with uproot.open(path) as file:
        events = file["Events"].arrays(["Jet_pt", "MET_pt"], library="np")
    leading = [max(pts) / met for pts, met in zip(*events.values(), strict=True) if len(pts)]
    found = table["feature:jet"].to_numpy()
    assert len(keys) > 10
    assert np.isin(np.round(found, 4), np.round(np.float32(leading), 4)).all()
    assert set(table["feature:charge"].to_pylist()) <= {-2, -1, 0, 1, 2}


def test_variables_are_scores_and_spectra(make_analysis, tmp_path):
    if not FILES:
        pytest.skip("there is no NanoAOD")
    analysis = make_analysis(1000, 0.0)
    path = next(file.path for file in FILES if "tt_v12" in file.path.name)
    shard, scores = tmp_path / "shard.parquet", tmp_path / "scores.parquet"
    make_shard(analysis, path, shard)
    _, found = loop(path, 1000, 0.0)
    angle = analysis.config.baselines["angle"]
    baseline = load_baseline(angle.kind, None, shard, angle.variable)
    write_scores(baseline, [shard], scores, provenance={})
    spectra = ["met", "m_z", "dphi_z_met"]
    events = read_signal(scores, "signal", weight=1.0, luminosity=1.0, variables=spectra)
    angles = np.array([pair[1] for pair in found])
    np.testing.assert_allclose(np.sort(events.score), np.sort(angles), rtol=1e-5)
    settings = analysis.config.scan
    scan = scan_cuts(events, events, settings, channels=["signal"], spectra=spectra)
    edges = settings.variables["dphi_z_met"].edges
    expected, _ = np.histogram(angles, edges)
    weights = events.weight[0]
    spectrum = scan["cuts"][0]["spectra"]["dphi_z_met"]
    np.testing.assert_allclose(spectrum["signal"]["values"], expected * weights)
    assert spectrum["edges"] == edges.tolist()
