"""Several processes train the network that one process trains."""

import logging
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

import training_job
from example_networks import make_autoencoder, make_discriminator, make_student, make_vae
from forked_training import train_in_forks
from labelled_events import (
    do_train,
    draw_gaussians,
    make_classifier,
    make_parametrised,
    write_gaussians,
    write_sample,
)
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.networks.vae import VariationalNetwork
from rapidmass.models.training import processes
from rapidmass.models.training.train import train
from synthetic_megasets import make_events, write_events

FRACTION = 0.2
SIZES = "2", "64"  # processes of `training_job`, and events in a batch
TRAINING = "rapidmass.models.training.train"
STEPS = "rapidmass.models.training.steps"
# docs/cluster.md states both
WEIGHTS, LOSSES = 1e-5, 1e-5


@pytest.fixture(scope="module")
def megasets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("megasets")
    return [
        write_events(folder / f"{k}.parquet", make_events(1500, seed=k + 1), pieces=3)
        for k in range(2)
    ]


@pytest.fixture
def forks(monkeypatch):
    monkeypatch.setattr(f"{TRAINING}.train_together", train_in_forks)


def do(megasets, architecture, folder, number, **changes):
    settings = architecture.scaling or ScalingSettings()
    return train(
        megasets,
        fit_scaler(megasets, settings, validation_fraction=FRACTION),
        architecture,
        **{
            "settings": TrainingSettings(processes=number),
            "seed": 1,
            "validation_fraction": FRACTION,
            "checkpoint": folder / f"{number}.pt",
            "name": "net",
            "selection": "lep",
            "code": "c0de",
            **changes,
        },
    )


def assert_same(one, other):
    """Weights differ by as much as rounding makes of them, and so do losses."""
    for a, b in zip(one.network.parameters(), other.network.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=WEIGHTS)
    for records in zip(one.history, other.history, strict=True):
        a, b = ({k: v for k, v in record.items() if v is not None} for record in records)
        assert a == pytest.approx(b, rel=LOSSES)


def write_scores(megasets, path):
    keys = np.concatenate([pq.read_table(m, columns=["key"])["key"].to_numpy() for m in megasets])
    scores = np.random.default_rng(1).exponential(size=len(keys)).astype(np.float32)
    pq.write_table(pa.table({"key": keys, "score": scores}), path)
    return path


# no batch can be divided, and the last process has nothing of the last batch
@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize(
    ("architecture", "number", "changes"),
    [
        (make_autoencoder(batch_size=149, optimiser={"weight_decay": 0.1}), 2, {}),
        (make_vae(batch_size=149), 3, {"expand": "device"}),
        (make_discriminator(batch_size=149), 2, {}),
        (make_student(batch_size=149), 3, {}),
    ],
    ids=lambda found: getattr(found, "family", None),
)
def test_it_is_the_network_of_one_process(
    megasets, tmp_path, monkeypatch, architecture, number, changes
):
    monkeypatch.setattr(f"{STEPS}.EVENTS_PER_PIECE", 32)
    if architecture.followed:
        changes = {**changes, "followed": write_scores(megasets, tmp_path / "scores.parquet")}
    if architecture.needs_augmented:
        changes = {**changes, "augmented": megasets}
    alone, together = (do(megasets, architecture, tmp_path, n, **changes) for n in (1, number))
    assert_same(together, alone)
    assert not all(map(torch.equal, together.network.parameters(), alone.network.parameters()))
    again = do(
        megasets, architecture, tmp_path, number, checkpoint=tmp_path / "again.pt", **changes
    )
    assert all(map(torch.equal, together.network.parameters(), again.network.parameters()))


@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize("family", ["classifier", "parametrised"])
def test_it_is_the_classifier_of_one_process(tmp_path, family):
    """Also the masses that background is told are drawn as one process draws them."""
    megasets, signals = write_gaussians(tmp_path, 700)
    settings = make_classifier(batch_size=150)
    if family == "parametrised":
        other = draw_gaussians(300, 2.0, seed=3)
        signals["t"] = write_sample(tmp_path / "t.parquet", other, 1.0, "t")
        settings = make_parametrised({"s": 10.0, "t": 20.0}, batch_size=150)
    alone, together = (
        do_train(megasets, signals, settings, tmp_path, processes=number) for number in (1, 3)
    )
    assert_same(together, alone)


@pytest.mark.usefixtures("forks")
def test_a_process_with_little_memory_takes_smaller_pieces(megasets, tmp_path, monkeypatch):
    """The others wait, and noise is drawn again from where it stood."""
    alone = do(megasets, make_vae(batch_size=149), tmp_path, 1)
    compute = VariationalNetwork.compute_losses

    def compute_in_room(network, inputs):
        if torch.distributed.get_rank() == 1 and len(inputs.x) > 30:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return compute(network, inputs)

    monkeypatch.setattr(VariationalNetwork, "compute_losses", compute_in_room)
    assert_same(do(megasets, make_vae(batch_size=149), tmp_path, 2), alone)


@pytest.mark.usefixtures("forks")
def test_only_the_same_number_of_processes_goes_on(megasets, tmp_path, caplog):
    path = tmp_path / "checkpoint.pt"
    do(megasets[:1], make_autoencoder(), tmp_path, 2, checkpoint=path)
    do(megasets[:1], make_autoencoder(), tmp_path, 1, checkpoint=path)
    assert "is of another training (settings changed): training starts anew" in caplog.text


def test_too_few_events_or_devices_are_refused(megasets, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"a batch of 6 events cannot be shared by 4 processes"):
        do(megasets, make_vae(batch_size=6), tmp_path, 4)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    processes.check_processes("net", 2, 100, "cuda")
    with pytest.raises(ValueError, match=r"processes is 3, .* this job has 2: .*gres: gpu:3"):
        processes.check_processes("net", 3, 100, "cuda")


def list_below(parent):
    """List processes that are below another one."""
    found = []
    for task in Path("/proc", str(parent), "task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *list_below(child)]
    return found


def is_there(process):
    try:
        return "(zombie)" not in Path("/proc", str(process), "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def start(megasets, folder):
    """Start a training in two processes, and wait until it is saved; give it, and these."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, training_job.__file__, str(megasets), str(folder), *SIZES]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as job:
        try:
            while job.poll() is None and not (folder / "checkpoint.pt").exists():
                time.sleep(0.005)
            yield job, list_below(job.pid)
        finally:
            job.kill()


def await_end(job, ranks):
    """Wait until neither the job nor any of its processes is there; give the last line."""
    said = job.communicate(timeout=60)[1]
    end = time.monotonic() + 60
    while any(map(is_there, ranks)):
        assert time.monotonic() < end
        time.sleep(0.02)
    return said.splitlines()[-1:]


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Megasets that take some seconds."""
    folder = tmp_path_factory.mktemp("many")
    training_job.make_megasets(folder)
    return folder


@pytest.mark.long
@pytest.mark.usefixtures("forks")
def test_sigterm_ends_all_and_the_next_start_goes_on(many, tmp_path, monkeypatch):
    with start(many, tmp_path) as (job, ranks):
        assert len(ranks) == 2
        job.terminate()
        (last,) = await_end(job, ranks)
        assert job.returncode == 143
        assert re.fullmatch(r"vae: interrupted by SIGTERM: checkpoint written after .*", last)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    logger = logging.getLogger("rapidmass.models.training")
    monkeypatch.setattr(logger, "level", logging.INFO)
    with (
        closing(logging.FileHandler(tmp_path / "log")) as log,  # forks write to it, too
        monkeypatch.context() as patch,
    ):
        patch.setattr(logger, "handlers", [log])
        together = training_job.run(tmp_path, sorted(many.iterdir()), *map(int, SIZES))
    said = (tmp_path / "log").read_text()
    assert re.search(r"continuing after [0-5] finished epochs and \d+ batches", said)
    alone = training_job.run(tmp_path / "alone", sorted(many.iterdir()), 1, int(SIZES[1]))
    assert_same(together, alone)


@pytest.mark.long
@pytest.mark.parametrize("killed", ["one", "parent"])
def test_no_process_outlives_another(many, tmp_path, killed):
    with start(many, tmp_path) as (job, ranks):
        os.kill(ranks[1] if killed == "one" else job.pid, signal.SIGKILL)
        last = await_end(job, ranks)
        assert job.returncode == (1 if killed == "one" else -signal.SIGKILL)
    if killed == "one":
        assert "vae: process 1 of the training was killed by SIGKILL: if there was " in last[0]


def test_the_error_of_a_process_is_that_of_the_training(megasets, tmp_path):
    """Processes that are no forks, as in a real training."""
    wild = make_autoencoder(optimiser={"learning_rate": 1e30})
    with pytest.raises(ValueError, match="the loss is not finite in epoch 0 of megaset 0") as found:
        do(megasets, wild, tmp_path, 2)
    assert "in _check_finite" in found.value.__notes__[0]
