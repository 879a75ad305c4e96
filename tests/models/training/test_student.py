"""Networks that follow scores, which lie in a file of their own."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from scipy.stats import spearmanr

from example_networks import make_chain, make_student
from labelled_events import FRACTION, SELECTION, fit, write_sample
from rapidmass.config.models.training import TrainingSettings
from rapidmass.models.networks.base import Inputs
from rapidmass.models.networks.registry import build_network
from rapidmass.models.training.train import train
from rapidmass.storage.parquet import read_shard


def test_the_loss_is_the_squared_difference_and_rare_events_count_more():
    torch.manual_seed(1)
    network = build_network(make_student(tail=0.5), (), 3)
    x, mask, label = torch.randn(2, 3), torch.ones(2, 3), torch.tensor([0.0, 2.0])
    difference = network.describe_events(x, mask)["score_rarity"] - label
    losses = network.compute_losses(Inputs(x, mask, label=label)).total
    torch.testing.assert_close(losses, difference.square() * torch.tensor([0.5, 5.0]))
    # what a combination extrapolates to does not overflow
    label = torch.tensor([4.0, 1000.0])
    followed = torch.tensor([4.0, 4 + float(np.log(997))])
    difference = network.describe_events(x, mask)["score_rarity"] - followed
    losses = network.compute_losses(Inputs(x, mask, label=label)).total
    torch.testing.assert_close(losses, difference.square() * 50)
    with pytest.raises(ValueError, match="needs scores to follow"):
        network.compute_losses(Inputs(x, mask))


def run(folder, megaset, followed, **changes):
    return train(
        [megaset],
        fit([megaset]),
        make_student(**changes),
        settings=TrainingSettings(),
        seed=1,
        validation_fraction=FRACTION,
        checkpoint=folder / "c.pt",
        name="student",
        selection=SELECTION,
        code="c0de",
        followed=followed,
    )


@pytest.fixture
def megaset(tmp_path):
    x = np.random.default_rng(1).normal(size=(6000, 2))
    return write_sample(tmp_path / "b.parquet", x, 1.0, "b")


def write_scores(path, events, scores):
    columns = {"key": events.column("key"), "score": pa.array(scores, pa.float32())}
    pq.write_table(pa.table(columns), path)
    return path


def test_it_follows_the_scores_that_it_is_given(megaset, tmp_path):
    """Here -log10 of the share of events that are farther from the origin."""
    events = read_shard(megaset)
    x = np.column_stack([events.column(name).to_numpy() for name in events.column_names[-2:]])
    scores = (x**2).sum(axis=1) / 2 / np.log(10)
    order = np.random.default_rng(2).permutation(len(x))  # in another order
    followed = write_scores(tmp_path / "s.parquet", events.take(order), scores[order])
    layers = make_chain((32, "relu"), (16, "relu"))
    optimiser = {"learning_rate": 0.005}
    trained = run(
        tmp_path, megaset, followed, layers=layers, epochs=15, batch_size=64, optimiser=optimiser
    )
    scaled = x * trained.scaler.scale + trained.scaler.shift
    with torch.no_grad():
        seen = torch.from_numpy(scaled.astype(np.float32))
        found = trained.network.describe_events(seen, torch.ones_like(seen))["score_rarity"]
    assert spearmanr(found.numpy(), scores).statistic > 0.97
    rarest = scores > 2
    assert abs(np.mean(found.numpy()[rarest] - scores[rarest])) < 0.2


def test_scores_must_be_there_and_be_of_these_events(megaset, tmp_path):
    with pytest.raises(ValueError, match="student: a network has a file of scores if, and only if"):
        run(tmp_path, megaset, None)
    some = read_shard(megaset).slice(0, 100)
    followed = write_scores(tmp_path / "s.parquet", some, np.zeros(100))
    with pytest.raises(ValueError, match=r"s\.parquet has no score of"):
        run(tmp_path, megaset, followed)
