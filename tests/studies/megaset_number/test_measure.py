"""The number of megasets, with networks that were really trained on other numbers."""

import json
from functools import partial

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

from example_networks import make_autoencoder
from likeness import assert_alike
from rapidmass.datasets.megasets import BackgroundShard, write_megaset
from rapidmass.provenance.atomic_files import read_json
from rapidmass.scores.ordered import open_ordered
from rapidmass.search import scored_pairs
from rapidmass.studies.megaset_number.measure import (
    TrainedOn,
    compare_numbers,
    list_spreads,
    read_times,
    summarise_history,
)
from synthetic_megasets import make_events, write_events
from trained_variants import Variants, make_signal

BATCH, EPOCHS = 64, 2
NUMBERS = (1, 4)


def make_shard(path, n, seed):
    table = make_events(n, seed=seed)
    weight = table["weight"]
    table = table.drop_columns(["sample", "channel", "weight"])
    for name in ("generator_weight", "scale_factor"):
        table = table.append_column(name, weight)
    return write_events(path, table, pieces=3)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("numbers")
    shards = [
        BackgroundShard(make_shard(folder / f"s{k}.parquet", 1500, k + 1), "tt", "top", 0.1)
        for k in range(2)
    ]
    signal = write_events(folder / "signal.parquet", make_signal(400))
    found = {}
    for number in NUMBERS:
        paths = {"megasets": [], "tests": []}
        for index in range(number):
            for kind, files in paths.items():
                files.append(folder / f"{kind}-{number}-{index}.parquet")
            write_megaset(
                shards, paths["megasets"][-1], paths["tests"][-1],
                index=index, number=number, test_fraction=0.2, provenance={},
            )  # fmt: skip
        network = make_autoencoder(epochs=EPOCHS, batch_size=BATCH)
        variants = Variants(folder, network, paths["tests"], {"sig": [signal]})
        scores = variants.make(f"ae-megasets-{number}", paths["megasets"])
        found[number] = TrainedOn(
            folder / f"models/ae-megasets-{number}/history.json",
            scores / "background.parquet",
            {"sig": scores / "sig.parquet"},
        )
    return found


def compare(trained):
    return compare_numbers(
        trained, "score", {"sig": 0.01},
        batch_size=BATCH, luminosity=100.0, scored_share=0.2, minimum_effective_events=1.0,
        folder=trained[1].background.parent,
    )  # fmt: skip


@pytest.fixture(scope="module")
def compared(trained):
    return compare(trained)


def test_every_number_scores_the_same_events(trained, compared):
    """The test set follows from the identity of events: however many megasets there are."""
    tables = [pq.read_table(trained[number].background) for number in NUMBERS]
    keys = [table["key"].to_numpy() for table in tables]
    np.testing.assert_array_equal(*keys)
    assert 500 < len(keys[0]) < 700
    totals = [sum(found["shape"]["values"]) for found in compared["numbers"]]
    assert (
        totals[0]
        == pytest.approx(totals[1])
        == pytest.approx(tables[0]["weight"].to_numpy().sum() * 100 / 0.2)
    )


def test_visits_are_the_same_and_steps_are_those_of_the_optimiser(trained, compared):
    one, four = compared["numbers"]
    assert one["visits"] == four["visits"]
    assert four["steps"] > one["steps"] == EPOCHS * -(-one["visits"] // EPOCHS // BATCH)
    for found, number in zip(compared["numbers"], NUMBERS, strict=True):
        path = trained[number].history.with_name("checkpoint.pt")
        # a digest stands before what torch wrote
        content = path.read_bytes()
        start = content.index(b"PK\x03\x04")
        with (path.with_suffix(".zip")).open("wb") as stream:
            stream.write(content[start:])
        state = torch.load(path.with_suffix(".zip"), weights_only=True)
        steps = {int(entry["step"]) for entry in state["optimiser"]["state"].values()}
        assert steps == {found["steps"]}


def test_pieces_give_the_same_numbers(trained, compared, monkeypatch):
    few = partial(open_ordered, events_per_piece=100)
    monkeypatch.setattr(scored_pairs, "open_ordered", few)
    assert_alike(compare(trained), compared, rel=1e-11)


def test_other_numbers_make_other_networks(compared):
    one, four = compared["numbers"]
    assert (one["megasets"], four["megasets"]) == NUMBERS
    assert one["mean_score"] != four["mean_score"]
    assert one["signals"]["sig"]["auc"] != four["signals"]["sig"]["auc"]
    # the validation loss is that of the last megaset alone
    assert 2 * four["validation_events"] < one["validation_events"]


def test_mean_score_is_weighted(trained, compared):
    table = pq.read_table(trained[4].background)
    score, weight = table["score"].to_numpy().astype(float), table["weight"].to_numpy()
    mean = np.average(score, weights=weight)
    assert compared["numbers"][1]["mean_score"] == pytest.approx(mean)
    effective = weight.sum() ** 2 / (weight**2).sum()
    expected = score.std() / np.sqrt(effective)
    assert compared["numbers"][1]["mean_score_uncertainty"] == pytest.approx(expected, rel=0.03)


def test_scores_of_other_events_are_refused(trained, tmp_path):
    table = pq.read_table(trained[4].background)
    pq.write_table(table.slice(3), tmp_path / "other.parquet")
    wrong = TrainedOn(trained[4].history, tmp_path / "other.parquet", trained[4].signals)
    with pytest.raises(ValueError, match=r"other\.parquet holds scores of other events than"):
        compare({1: trained[1], 4: wrong})


def test_the_history_is_summarised_from_its_last_epoch(trained):
    epochs = read_json(trained[4].history)["epochs"]
    found = summarise_history(epochs, BATCH)
    assert found["validation_loss"] == epochs[-1]["validation_loss"]
    assert found["training_loss"] == epochs[-1]["training_loss"]
    assert len(epochs) == 4 * EPOCHS


def test_times_are_those_of_the_latest_run(tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps({"s": s, "io_in": 1.0}) + "\n" for s in (12.5, 3.25)))
    found = read_times({1: path, 20: tmp_path / "absent.jsonl"})
    assert found == {"1": 3.25, "20": None}


@pytest.mark.parametrize("content", ["", "no json\n", '{"h": 1}\n', "[1]\n"])
def test_damaged_times_are_named(tmp_path, content):
    path = tmp_path / "train.jsonl"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"train\.jsonl does not say how long a job took"):
        read_times({1: path})


def test_spreads_are_those_of_the_auc():
    def make(spread):
        return {"metrics": {"auc": {"spread": spread}, "best_z": {"spread": 9.0}}}

    measured = {"signals": {"a": make(0.01), "b": make(None)}}
    assert list_spreads(measured) == {"a": 0.01}
