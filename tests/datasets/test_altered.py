"""Altered shards: of test events only, by identity alone; known anomalies get the AUC they must."""

import math
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.search.selection import Cut
from rapidmass.config.studies.altered_events import Noise, ScalePt, Shuffle, Swap
from rapidmass.datasets import altered as altered_module
from rapidmass.datasets import shards
from rapidmass.datasets.altered import merge_altered, write_altered
from rapidmass.datasets.megasets import BackgroundShard, write_megaset
from rapidmass.datasets.shards import write_shard
from rapidmass.representations.tables import decode
from rapidmass.storage import sorting
from rapidmass.storage.event_keys import draw_uniform, make_event_keys
from rapidmass.storage.parquet import read_shard
from rapidmass.storage.sorting import RepeatedEventError
from rapidmass.studies.altered_events.measure import study_alterations
from synthetic_events import LAYOUT, make_branches, make_sharder, write_ntuple

PYTHIA = Path(__file__).parents[3] / "shared/data/pythia"
SCALED = ScalePt(name="lepton_pt", objects=["ele", "muo"], factors=[1, 10])
SWAPPED = Swap(name="swapped", pairs=[["ele", "muo"]])
MIXED = (Shuffle(name="shuffled"), Noise(name="noise", multiplicities="drawn"))
VARIABLES = {"leading": "lep[0].pt", "angle": "abs(dphi(lep[0], met))"}
TEST = 0.4
N = 900


@pytest.fixture
def alter(tmp_path):
    def write(branches, name, alterations=(SCALED, SWAPPED, *MIXED), share=1.0, **changes):
        changes = {"variables": VARIABLES, "columns": list(VARIABLES), **changes}
        source = write_ntuple(tmp_path / f"{name}.root", branches)
        output = tmp_path / f"{name}.parquet"
        sharder = make_sharder(source, **changes)
        options = {"test_fraction": TEST, "share": share, "provenance": {}}
        write_altered(sharder, output, alterations=alterations, **options)
        return output

    return write


@pytest.fixture
def shard(tmp_path):
    source = write_ntuple(tmp_path / "plain.root", make_branches(N))
    output = tmp_path / "plain.parquet"
    sharder = make_sharder(source, variables=VARIABLES, columns=list(VARIABLES))
    write_shard(sharder, output, tmp_path / "cutflow.json", {})
    return output


def select(table, label):
    return table.filter(pa.array([found == label for found in table["alteration"].to_pylist()]))


def assert_equal(first, second):
    """Compare tables, where NaN equals NaN."""
    assert first.schema.equals(second.schema)
    for name in first.column_names:
        if name in ("m_ll", "m_lll", *VARIABLES):
            np.testing.assert_array_equal(first[name], second[name])
        else:
            assert first[name].equals(second[name]), name


def test_what_is_not_altered_is_the_shard_itself(alter, shard):
    """A factor of 1 gives the rows of the test set, column by column."""
    plain = read_shard(shard)
    tested = draw_uniform(plain["key"].to_numpy(), "test") < TEST
    expected = plain.filter(pa.array(tested))
    found = select(read_shard(alter(make_branches(N), "a")), "lepton_pt_x1")
    assert expected.num_rows > 150
    assert_equal(found.drop_columns("alteration"), expected)


def test_every_quantity_follows_from_the_altered_momenta(alter):
    table = read_shard(alter(make_branches(N), "a"))
    before, after = select(table, "lepton_pt_x1"), select(table, "lepton_pt_x10")
    assert before["key"].equals(after["key"])
    for name in ("met", "ht", "m_ll"):
        assert (after[name].to_numpy() > before[name].to_numpy()).mean() > 0.9, name
    np.testing.assert_allclose(after["leading"], 10 * before["leading"].to_numpy(), rtol=1e-6)
    assert not before["angle"].equals(after["angle"])  # MET recoils
    swapped = select(table, "swapped")
    turn = str.maketrans("em", "me")
    expected = ["".join(sorted(text.translate(turn))) for text in before["flavour"].to_pylist()]
    assert swapped["flavour"].to_pylist() == expected
    assert swapped["n_ele"].equals(before["n_muo"])
    assert swapped["m_ll"].equals(before["m_ll"])
    assert before["generator_weight"].equals(after["generator_weight"])


@pytest.mark.parametrize("change", ["order", "chunks", "spilled", "blocks"])
def test_neither_order_nor_chunks_matter(alter, monkeypatch, change):
    branches = make_branches(N)
    whole = alter(branches, "a").read_bytes()
    if change == "order":
        branches = {name: column[::-1] for name, column in branches.items()}
    elif change == "chunks":
        monkeypatch.setattr(
            shards,
            "iterate_chunks",
            lambda *found, real=shards.iterate_chunks, **piece: real(*found, 170, **piece),
        )
    elif change == "spilled":
        monkeypatch.setattr(sorting, "BYTES_IN_MEMORY", 30000)
    else:
        monkeypatch.setattr(altered_module, "ROWS_PER_TABLE", 37)
    assert alter(branches, "b").read_bytes() == whole


def test_what_mixes_no_events_is_the_same_in_any_files(alter, tmp_path):
    first, second = make_branches(500), make_branches(700, first=500)
    both = {name: ak.concatenate([first[name], second[name]]) for name in first}
    parts = [
        alter(branches, str(k), (SCALED, SWAPPED)) for k, branches in enumerate((first, second))
    ]
    whole = alter(both, "whole", (SCALED, SWAPPED))
    merged = []
    for number, paths in enumerate(([whole], parts, parts[::-1])):
        shards = [BackgroundShard(path, "ttbar", "top", 2.0) for path in paths]
        output = tmp_path / f"merged{number}.parquet"
        merge_altered(shards, output, share=1.0, provenance={})
        merged.append(output.read_bytes())
    assert merged[0] == merged[1] == merged[2]


def test_only_test_events_are_altered_and_the_share_is_by_identity(alter, shard, tmp_path):
    megaset, test = tmp_path / "megaset.parquet", tmp_path / "test.parquet"
    write_megaset(
        [BackgroundShard(shard, "ttbar", "top", 1.0)],
        megaset,
        test,
        index=0,
        number=1,
        test_fraction=TEST,
        provenance={},
    )
    trained, tested = (set(read_shard(path)["key"].to_pylist()) for path in (megaset, test))
    keys = {}
    for share in (0.2, 0.6, 1.0):
        table = read_shard(alter(make_branches(N), f"a{share}", share=share))
        by_label = {}
        for row in table.select(["key", "alteration"]).to_pylist():
            by_label.setdefault(row["alteration"], []).append(row["key"])
        assert len(by_label) == 5
        assert len({tuple(found) for found in by_label.values()}) == 1, "not the same events"
        (keys[share],) = {frozenset(found) for found in by_label.values()}
        assert len(by_label["swapped"]) == len(keys[share])
        assert not keys[share] & trained
    assert keys[0.2] < keys[0.6] < keys[1.0] == tested
    assert len(keys[0.2]) == pytest.approx(0.2 * len(tested), abs=25)


def test_merged_events_stand_for_the_test_set(alter, shard, tmp_path):
    part = alter(make_branches(N), "a", share=0.5)
    shards = [BackgroundShard(part, "ttbar", "top", 2.0)]
    output = tmp_path / "altered.parquet"
    merge_altered(shards, output, share=0.5, provenance={})
    table = read_shard(output)
    assert table.column_names[:5] == ["key", "sample", "channel", "weight", "alteration"]
    assert not {"generator_weight", "scale_factor", "run", "event"} & set(table.column_names)
    plain = {row["key"]: row["generator_weight"] for row in read_shard(shard).to_pylist()}
    expected = [plain[key] * 2.0 / 0.5 for key in table["key"].to_pylist()]
    np.testing.assert_allclose(table["weight"], expected)
    assert set(table["channel"].to_pylist()) == {"top"}
    assert (np.diff(table["key"].to_numpy().astype(object)) >= 0).all()


def test_merging_in_pieces_loses_nothing(alter, tmp_path, monkeypatch):
    shards = [BackgroundShard(alter(make_branches(N), "a"), "ttbar", "top", 2.0)]
    merge_altered(shards, tmp_path / "one.parquet", share=1.0, provenance={})
    monkeypatch.setattr(sorting, "BYTES_IN_MEMORY", 10000)
    merge_altered(shards, tmp_path / "two.parquet", share=1.0, provenance={})
    one, two = (read_shard(tmp_path / f"{name}.parquet") for name in ("one", "two"))
    assert_equal(one, two)


def test_an_event_in_two_files_is_refused(alter, tmp_path):
    shards = []
    for name, first in (("a", 0), ("b", N - 100)):
        path = alter(make_branches(N, first=first), name)
        shards.append(BackgroundShard(path, "s", "c", 1.0))
    pattern = r"event \d+ is in .*a\.parquet and in .*b\.parquet"
    with pytest.raises(RepeatedEventError, match=pattern):
        merge_altered(shards, tmp_path / "merged.parquet", share=1.0, provenance={})
    assert not (tmp_path / "merged.parquet").exists()


def test_a_file_without_chosen_events_gives_a_valid_shard(alter, tmp_path):
    full = alter(make_branches(N), "a")
    for name, branches, share in (("none", make_branches(0), 1), ("few", make_branches(9), 1e-9)):
        table = read_shard(alter(branches, name, share=share))
        assert table.num_rows == 0
        assert table.schema.equals(read_shard(full).schema)
    shards = [BackgroundShard(p, "s", "c", 1.0) for p in (tmp_path / "none.parquet", full)]
    merge_altered(shards, tmp_path / "merged.parquet", share=1.0, provenance={})
    assert read_shard(tmp_path / "merged.parquet").num_rows == read_shard(full).num_rows


# An anomaly that is known, found by a plain calculation of everything and by the library.


def evaluate_plainly(objects, met):
    """Thesis matrix of one event: objects by type, each (pt, eta, phi, mass)."""
    matrix = np.zeros((LAYOUT.size, LAYOUT.size))
    matrix[0, 0] = met
    row, placed = 1, []
    for name, slots in LAYOUT.types.items():
        previous = None
        for i, (pt, eta, phi, m) in enumerate(sorted(objects[name], reverse=True)[:slots], row):
            pz = pt * math.sinh(eta)
            e = math.sqrt(pt**2 + pz**2 + m**2)
            p = (e, pt * math.cos(phi), pt * math.sin(phi), pz)
            y = 0.5 * math.log((e + pz) / (e - pz))
            et = math.sqrt(pt**2 + m**2)
            matrix[0, i] = et
            matrix[i, 0] = 0.15 * (math.cosh(y) - 1)
            matrix[i, i] = et if previous is None else (previous - pt) / (previous + pt)
            previous = pt
            for j, q, y_q in placed:
                s = [a + b for a, b in zip(p, q, strict=True)]
                mass2 = s[0] ** 2 - s[1] ** 2 - s[2] ** 2 - s[3] ** 2
                matrix[j, i] = math.sqrt(max(mass2, 0))
                matrix[i, j] = 0.15 * (math.cosh((y_q - y) / 2) - 1)
            placed.append((i, p, y))
        row += slots
    return matrix.ravel()


def scale_plainly(objects, met, met_phi, factor):
    """Multiply the hardest electron's and muon's pT; MET takes the recoil."""
    x, y = met * math.cos(met_phi), met * math.sin(met_phi)
    changed = dict(objects)
    for name in ("ele", "muo"):
        members = sorted(objects[name], reverse=True)
        if members:
            pt, eta, phi, mass = members[0]
            x -= (factor - 1) * pt * math.cos(phi)
            y -= (factor - 1) * pt * math.sin(phi)
            members[0] = (factor * pt, eta, phi, mass)
        changed[name] = members
    return changed, math.hypot(x, y)


def measure(events, factor):
    """Matrices, MET and the sum of pT of events, altered if the factor is not 1."""
    rows = []
    for objects, met, met_phi in events:
        if factor != 1:
            objects, met = scale_plainly(objects, met, met_phi, factor)
        ht = sum(o[0] for name in LAYOUT.types for o in objects[name])
        rows.append((*evaluate_plainly(objects, met), met, ht))
    return np.array(rows, dtype=np.float32)


def score_all(pca, matrices, met, ht):
    """Scores of three kinds."""
    error = ((pca.inverse_transform(pca.transform(matrices)) - matrices) ** 2).sum(axis=1)
    return {"met": met, "ht": ht, "pca": np.log10(error)}


def check_injection(tmp_path, source, events, weights, sharder_settings):
    """Compare the library's AUC with that of a plain calculation, for each score."""
    nominal, injected = measure(events, 1), measure(events, 10)
    pca = PCA(10, svd_solver="full").fit(nominal[:, :-2].astype(float))
    truth = [
        score_all(pca, t[:, :-2].astype(float), t[:, -2], t[:, -1]) for t in (nominal, injected)
    ]

    sharder = make_sharder(source, **sharder_settings)
    plain, part = tmp_path / "plain.parquet", tmp_path / "part.parquet"
    write_shard(sharder, plain, tmp_path / "cutflow.json", {})
    scaling = ScalePt(name="lepton_pt", objects=["ele", "muo"], factors=[10])
    options = {"test_fraction": TEST, "share": 1.0, "provenance": {}}
    write_altered(make_sharder(source, **sharder_settings), part, alterations=[scaling], **options)
    write_megaset(
        [BackgroundShard(plain, "ttbar", "top", 3.0)], tmp_path / "m.parquet",
        tmp_path / "t.parquet", index=0, number=1, test_fraction=TEST, provenance={},
    )  # fmt: skip
    shards = [BackgroundShard(part, "ttbar", "top", 3.0)]
    merge_altered(shards, tmp_path / "a.parquet", share=1.0, provenance={})
    for name in ("t", "a"):
        table = read_shard(tmp_path / f"{name}.parquet")
        dense = decode(table).fill().astype(float)
        scores = score_all(pca, dense, table["met"].to_numpy(), table["ht"].to_numpy())
        columns = {f"score_{kind}": pa.array(column) for kind, column in scores.items()}
        kept = {c: table[c] for c in table.column_names if not c.startswith(("rmm", "n_"))}
        pq.write_table(pa.table({**kept, **columns}), tmp_path / f"{name}.scores.parquet")
    aucs = {}
    for kind in ("met", "ht", "pca"):
        expected = roc_auc_score(
            np.repeat([0, 1], len(events)),
            np.concatenate([truth[0][kind], truth[1][kind]]),
            sample_weight=np.tile(weights, 2),
        )
        study = study_alterations(
            tmp_path / "t.scores.parquet", tmp_path / "a.scores.parquet", [scaling],
            column=f"score_{kind}", luminosity=1e5, scored_share=TEST, minimum_effective_events=10,
            folder=tmp_path,
        )  # fmt: skip
        (found,) = study["alterations"]
        assert found["events"] == study["test"]["events"] == len(events)
        assert found["auc"] == pytest.approx(expected, abs=1e-6), kind
        aucs[kind] = found["auc"]
    return aucs


def is_tested(sample, run, event):
    key = make_event_keys(1, sample, np.array([run]), np.array([event], dtype=np.uint64))
    return draw_uniform(key, "test")[0] < TEST


def test_an_injected_anomaly_gets_the_auc_of_a_plain_calculation(tmp_path):
    branches = make_branches(N)
    rows = {name: column.tolist() for name, column in branches.items()}
    events, weights = [], []
    for k in range(N):
        objects = {name: [] for name in LAYOUT.types}
        for source, key, names in (("lep", "kind", {11: "ele", 13: "muo"}), ("jet", "tag", None)):
            for o in zip(
                *(rows[f"{source}_{c}"][k] for c in ("pt", "eta", "phi", "mass", key)), strict=True
            ):
                kind = names[o[4]] if names else ("ljet", "bjet")[o[4] >= 0.5]
                objects[kind].append(o[:4])
        if len(objects["ele"]) + len(objects["muo"]) < 2 or not is_tested("ttbar", 7, k):
            continue
        events.append((objects, rows["met"][k], rows["met_phi"][k]))
        weights.append(rows["weight"][k])
    source = write_ntuple(tmp_path / "a.root", branches)
    aucs = check_injection(tmp_path, source, events, weights, {})
    assert min(aucs.values()) > 0.85


LEPTONS = {"pt": "lepPt", "eta": "lepEta", "phi": "lepPhi", "mass": "lepM"}
JETS = {"pt": "jetPt", "eta": "jetEta", "phi": "jetPhi", "mass": "maximum(jetM, 0)"}
GENERATED = NtupleFormat.model_validate(
    {
        "tree": ["mini"],
        "energy_unit": "GeV",
        "collections": {"lepton": LEPTONS, "jet": JETS},
        "objects": {
            "ele": {"collection": "lepton", "where": "(lepFlavor == 1) & lepTight"},
            "muo": {"collection": "lepton", "where": "(lepFlavor == 2) & lepTight"},
            "ljet": {"collection": "jet", "where": "(abs(jetEta) < 2.8) & (jetdl1r < 2.195)"},
            "bjet": {"collection": "jet", "where": "(abs(jetEta) < 2.8) & (jetdl1r >= 2.195)"},
        },
        "met": {"pt": "met_Et", "phi": "met_Phi"},
        "identity": {"run": "RunNumber", "event": "EventNumber"},
        "weights": {"generator": "wgt_SG"},
    }
)


def test_an_anomaly_in_generated_events_gets_the_auc_of_a_plain_calculation(tmp_path):
    source = PYTHIA / "ttbar.root"
    if not source.is_file():
        pytest.skip(f"there is no {source}")
    with uproot.open(f"{source}:mini") as tree:
        columns = ["lepPt", "lepEta", "lepPhi", "lepM", "lepFlavor", "lepTight"]
        columns += ["jetPt", "jetEta", "jetPhi", "jetM", "jetdl1r", "met_Et", "met_Phi"]
        rows = tree.arrays([*columns, "RunNumber", "EventNumber", "wgt_SG"]).to_list()
    events, weights = [], []
    for row in rows:
        objects = {name: [] for name in LAYOUT.types}
        for *o, flavour, tight in zip(*(row[c] for c in columns[:6]), strict=True):
            if tight:
                objects["ele" if flavour == 1 else "muo"].append(tuple(o))
        for pt, eta, phi, mass, tag in zip(*(row[c] for c in columns[6:11]), strict=True):
            if abs(eta) < 2.8:
                objects["bjet" if tag >= 2.195 else "ljet"].append((pt, eta, phi, max(mass, 0.0)))
        if len(objects["ele"]) + len(objects["muo"]) < 3:
            continue
        if is_tested("tt", row["RunNumber"], row["EventNumber"]):
            events.append((objects, row["met_Et"], row["met_Phi"]))
            weights.append(row["wgt_SG"])
    assert len(events) > 200
    cuts = [Cut(name="three leptons", require="n_lep >= 3")]
    settings = {"settings": GENERATED, "cuts": cuts, "sample": "tt"}
    aucs = check_injection(tmp_path, source, events, weights, settings)
    assert min(aucs.values()) > 0.85
