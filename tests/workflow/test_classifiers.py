"""Trees and networks that tell signals from the background, from files to the report."""

import re
from copy import deepcopy

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.datasets.folds import Fold, find_folds
from rapidmass.provenance.atomic_files import read_json
from rapidmass.provenance.yaml_files import read_yaml
from rapidmass.scores.blinding import read_thresholds
from rapidmass.scores.fold_map import read_fold_map
from rapidmass.scores.write import NetworkScorer
from rapidmass.storage.parquet import read_shard
from runs import start_tiny

pytestmark = pytest.mark.workflow
K = 2
TARGET = {"signals": ["sig"]}
CLASSIFIERS = {
    "bdt": {"family": "xgboost", "target": TARGET, "max_trees": 25, "max_depth": 3},
    "dnn": {
        "family": "classifier", "target": TARGET, "epochs": 6, "batch_size": 64,
        "layers": [{"units": 16, "activation": "relu"}],
        "optimiser": {"learning_rate": 0.01},
    },
}  # fmt: skip
CLASSIFIERS["pnn"] = {
    **CLASSIFIERS["dnn"],
    "family": "parametrised",
    "target": {"signals": ["sig", "softer"]},
    "masses": {"sig": 200, "softer": 120},
    "score_masses": [120, 160],
}
NAMES = list(CLASSIFIERS)
PRIOR = {
    "family": "xgboost", "target": {"priors": ["wide"]}, "class_weights": "sqrt", "max_trees": 25,
    "max_leaves": 4, "subsample": 0.7, "ensemble": 2,
}  # fmt: skip
MASSES = {"name": "mass", "values": {"low": ["softer"], "high": ["sig"]}}
BOTH = {"kind": "combination", "of": ["prior", "met"]}
SCORES = [*NAMES, "pnn-logit_at_160", "prior", "both"]
# what is the same in every event is told in the report
FEATURES = {"met": "met", "n": "n_ele", "pt": "pt_lep1", "m": "m_ll", "nothing": "0 * met"}


def list_made(run):
    outcome = run.snakemake("--dry-run")
    assert outcome.returncode == 0, outcome.output[-3000:]
    return set(re.findall(r"^rule (\w+):", outcome.output, re.M)), outcome.output


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = start_tiny(tmp_path_factory.mktemp("classifiers"), [("softer", 120)], [("wide", 150)])
    run.config["split"] = {"folds": K, "validation_fraction": 0.2}
    run.config["representations"] = {"few": {"kind": "table", "features": FEATURES}}
    run.config["architectures"] = deepcopy({**CLASSIFIERS, "prior": PRIOR})
    run.config["baselines"] = {"met": {"kind": "met"}, "both": BOTH}
    run.config["studies"] = {
        "fits": {"enabled": True},
        "trainings": {
            "enabled": True, "combinations": ["stacking", "largest_quantile"],
            "categories": {"trees": "bdt", "properties": [MASSES]},
        },
        "classifier_checks": {"enabled": True},
        "tree_tuning": {"enabled": True, "trials": 2, "inner_folds": 2},
        "cut_and_count": {"enabled": True, "cuts": [{"name": "MET", "require": "met > 60"}]},
        "taggers": {"enabled": True, "variable": "met", "edges": [0, 60, 500], "reference": "met"},
    }  # fmt: skip
    run.make()
    return run


@pytest.fixture(scope="module")
def results(run):
    return run.folder / "results/lep"


@pytest.fixture
def edited(run):
    """The configuration, to be changed; afterwards it is as it was."""
    before = deepcopy(run.config)
    yield run.config
    run.config = before


def read_events(results, dataset):
    """Events of a dataset, in the order of their scores."""
    pattern = "megasets/[!.]*" if dataset == "background" else f"shards/{dataset}/[!.]*"
    paths = sorted(results.glob(f"few/{pattern}.parquet"))
    return pa.concat_tables([read_shard(path).replace_schema_metadata() for path in paths])


@pytest.mark.parametrize("dataset", ["background", "sig", "softer"])
@pytest.mark.parametrize("name", [*NAMES, "prior"])
def test_no_event_is_scored_by_what_saw_it_signals_neither(results, name, dataset):
    events = read_events(results, dataset)
    keys = events["key"].to_numpy()
    folds = find_folds(keys, K)
    fold_map = read_fold_map(results / f"scores/{name}/background.folds.npz")
    found = pq.read_table(results / f"scores/{name}/{dataset}.parquet")
    assert np.array_equal(found["key"].to_numpy(), keys)
    for fold in range(K):
        place = results / f"models/{name}-fold-{fold}"
        score = "logit_at_120" if name == "pnn" else "logit"
        model = NetworkScorer(place / "model.onnx", [score], threads=1)
        assert model.fold == Fold(fold, K)
        raw = model.score(events.filter(pa.array(folds == fold)))["score"]
        common = fold_map.curves["score"][fold].apply(raw)
        expected = found["score"].to_numpy()[folds == fold]
        np.testing.assert_allclose(common, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_what_was_trained_on_is_the_rest(results, name):
    """Cards tell how many events: those of the other fold that do not validate."""
    for fold in range(K):
        classes = read_json(results / f"models/{name}-fold-{fold}/card.json")["classes"]
        told = CLASSIFIERS[name]["target"]["signals"]
        assert list(classes["signal"]) == told
        counted = {signal: classes["signal"][signal]["events"] for signal in told}
        counted["background"] = sum(s["events"] for s in classes["background"].values())
        for dataset, number in counted.items():
            keys = read_events(results, dataset)["key"].to_numpy()
            seen = np.count_nonzero(find_folds(keys, K) != fold)
            assert 0.7 * seen < number < 0.9 * seen


def test_events_of_signals_for_training_are_those_of_the_shards(results):
    merged = read_shard(results / "few/signals/sig.parquet")
    shards = read_events(results, "sig")
    assert sorted(merged["key"].to_pylist()) == sorted(shards["key"].to_pylist())
    assert merged["weight"].to_pylist() == pytest.approx([0.01 / 300] * merged.num_rows)


def test_scans_fits_and_the_roc_curve_have_them_beside_the_others(results):
    auc = {}
    for name in (*SCORES, "met"):
        scan = read_json(results / f"scans/{name}/sig.json")
        assert (results / f"fits/{name}/sig.json").exists()
        auc[name] = scan["roc"]["auc"]["value"]
    assert min(auc[name] for name in SCORES) > 0.9
    assert auc["bdt"] > auc["met"] - 0.02


def test_the_report_says_what_they_were_told_and_what_told_them_nothing(run):
    page = (run.folder / "results/report/report.html").read_text()
    assert page.count("Told from the background") == len(NAMES) + 1
    assert page.count("trained on a prior") == page.count(">combination<") == 2 * 2
    assert "cross-entropy of signal and background" in page
    # in two tables; only the network that is told a mass was shown both signals
    assert page.count("trained on another signal") == 2 * 2
    assert page.count("trained on this signal") == 2 * 6
    assert re.search(r"Largest shares of the gain.{0,40}pt [5-9]\d", page, re.S)
    assert "bdt: the feature nothing has the same value in every event" in page
    assert "pnn: the feature nothing does not vary among the background events" in page


def test_a_prior_trains_and_is_searched_for_nowhere(results):
    for fold in range(K):
        card = read_json(results / f"models/prior-fold-{fold}/card.json")
        assert list(card["classes"]["signal"]) == ["wide"]
        assert card["trees"] > 25
    named = {path.relative_to(results).parts[0] for path in results.rglob("*wide*")}
    assert named == {"few"}
    assert "wide" not in (results / "cutflow.json").read_text()


def test_rejections_are_those_of_the_scores(results):
    """Of all events, by the baseline whose score is MET: where 70 % of a signal pass."""
    found = read_json(results / "taggers.json")
    background = pq.read_table(results / "scores/met/background.parquet").to_pandas()
    for pair in found["pairs"]:
        signal = pq.read_table(results / f"scores/met/{pair['signal']}.parquet").to_pandas()
        cut = np.quantile(signal["score"], 1 - found["efficiency"])
        mine = background[background["channel"] == pair["channel"]]
        above = mine["weight"][mine["score"] > cut].sum()
        whole, *_ = pair["taggers"]["met"]["bins"]
        assert set(pair["taggers"]) == {*NAMES, "both", "met"}
        assert whole["background_jets"] == len(mine)
        if whole["rejection"] is not None:
            assert whole["rejection"] == pytest.approx(mine["weight"].sum() / above, rel=0.1)
            assert whole["ratio"] == 1
    assert any(pair["taggers"]["met"]["bins"][0]["rejection"] for pair in found["pairs"])


def test_a_combination_is_made_of_what_was_scored(results):
    def read(name, dataset):
        return pq.read_table(results / f"scores/{name}/{dataset}.parquet")

    for dataset in ("background", "sig", "softer"):
        both, first = read("both", dataset), read("prior", dataset)
        assert both.column_names == first.column_names
        for name in ("key", "met", "flavour"):
            assert both[name].equals(first[name])
        order = np.corrcoef(*(t["score"].to_numpy() for t in (both, first)))[0, 1]
        assert order > 0.5
    # -log10 of a p-value: a tenth of the background is above 1
    background = read("both", "background")
    weight = background["weight"].to_numpy()
    share = weight[background["score"].to_numpy() > 1].sum() / weight.sum()
    assert share == pytest.approx(0.1, abs=0.05)


def test_a_combination_hides_data_as_other_scores_do(run, results):
    run.make("results/lep/scores/both/obs.parquet")
    for name in ("both", "prior"):
        path = results / f"scores/{name}/obs.parquet"
        (threshold,) = read_thresholds(path).values()
        assert pq.read_table(path)["score"].to_numpy().max() < threshold
    seen = set(pq.read_table(results / "scores/both/obs.parquet")["key"].to_pylist())
    assert seen <= set(pq.read_table(results / "scores/prior/obs.parquet")["key"].to_pylist())


def test_trainings_are_held_against_signals_that_they_were_not_told_of(run, results):
    found = read_json(results / "trainings.json")
    assert found["own"] == {"sig": "bdt", "softer": "pnn"}
    rows = {row["name"]: row["cells"]["softer"] for row in found["rows"]}
    scan = read_json(results / "scans/bdt/softer.json")
    assert rows["bdt"]["efficiency"] == scan["roc"]["efficiencies"][0]["efficiency"]
    assert not rows["bdt"]["known"]
    assert rows["stacking"]["auc"] > rows["met"]["auc"]
    assert rows["largest quantile"]["significance"] > 0
    assert rows["pnn"]["known"]
    assert "Who finds whom" in (run.folder / "results/report/report.html").read_text()


def test_categories_of_signals_have_trainings_of_their_own(run, results):
    found = read_json(results / "categories/bdt.json")
    assert [one["values"] for one in found["categories"]] == [{"mass": "high"}, {"mass": "low"}]
    cells = {row["name"]: row["cells"] for row in found["rows"]}
    # each training finds what it was told better than it finds the other
    assert cells["high"]["sig"]["auc"] > 0.6
    assert {row["kind"] for row in found["rows"]} >= {"training", "combination"}
    assert (
        "categories of signals, which differ in mass"
        in (run.folder / "results/report/report.html").read_text()
    )


def test_tuned_trees_are_a_block_of_the_configuration(results):
    block = read_yaml(results / "tree_tuning/bdt.yaml")["architectures"]["bdt_tuned"]
    found = read_json(results / "tree_tuning/bdt.json")
    assert block["max_depth"] == found["trials"][found["best"]]["parameters"]["max_depth"]
    assert found["unseen"]["tuned"]["value"] > 0.85


def test_cuts_by_hand_are_counted(results):
    (found,) = read_json(results / "cut_and_count.json")["categories"].values()
    background = pq.read_table(results / "scores/met/background.parquet")
    passing = background["met"].to_numpy() > 60
    assert found["background"][-1]["expected"] == pytest.approx(
        1000 * background["weight"].to_numpy()[passing].sum()
    )
    assert found["signals"]["sig"]["expected"] > found["background"][-1]["expected"]


def test_classifiers_are_checked(run, results):
    found = {name: read_json(results / f"classifier_checks/{name}.json") for name in ("bdt", "dnn")}
    assert not (results / "classifier_checks/pnn.json").exists()
    assert "contribution" in found["bdt"]["importance"][0]
    assert "contribution" not in found["dnn"]["importance"][0]
    for checks in found.values():
        total = sum(entry["events"] for entry in checks["composition"])
        scan = read_json(results / "scans/bdt/sig.json")
        assert total == pytest.approx(scan["cuts"][0]["background"]["expected"])
    assert "Checks of classifiers" in (run.folder / "results/report/report.html").read_text()


def test_an_edit_trains_again_what_it_concerns(run, edited):
    assert list_made(run)[0] == set()
    edited["architectures"]["bdt"]["max_depth"] = 2
    rules, said = list_made(run)
    assert "models/bdt-fold-1/" in said
    assert {"grow_trees", "score_folds", "score", "scan_cuts"} <= rules
    assert not rules & {"train", "write_megaset", "write_signal_events", "fit_scaler"}
    assert "architectures.bdt.max_depth: 3 -> 2" in said


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"split": {"test_fraction": 0.4}}, "split.folds is missing: bdt learns from events of"),
        ({"target": {"signals": ["obs"]}}, "architectures.bdt.target.signals"),
        ({"target": {"signals": ["sig", "sig"]}}, "sample sig is listed twice"),
        ({"class_weights": "balanced"}, "architectures.bdt"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_anything_runs(run, edited, change, message):
    if "split" in change:
        edited.update(change)
    else:
        edited["architectures"]["bdt"].update(change)
    outcome = run.snakemake("--dry-run")
    assert outcome.returncode != 0
    assert message in outcome.output, outcome.output[-2000:]


def test_a_training_without_a_cut_ends_with_what_to_change(run, edited):
    edited["architectures"]["bdt"]["min_child_weight"] = 1e6
    outcome = run.snakemake("results/lep/models/bdt-fold-0/model.onnx")
    assert outcome.returncode != 0
    assert "bdt-fold-0: no tree makes a cut" in outcome.output
