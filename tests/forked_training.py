"""Processes of a training that are forks of a test: they need not import all again."""

import multiprocessing
import tempfile
from pathlib import Path

import torch

from rapidmass.models.inputs.shares import Share
from rapidmass.models.training.course import follow
from rapidmass.models.training.process_group import ProcessGroup

CPU = torch.device("cpu")


def _train(course, share, meeting, asks):
    group = ProcessGroup(share, CPU, meeting, asks)
    follow(course, CPU, group.is_asked_to_end, group)
    group.leave()


def train_in_forks(course, number, device_type, is_asked_to_end):
    """Train as `rapidmass.models.training.processes.train_together` does."""
    assert device_type == "cpu"
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory() as folder:
        meeting = Path(folder, "meeting")
        forks = [
            context.Process(
                target=_train, args=(course, Share(k, number), meeting, is_asked_to_end)
            )
            for k in range(number)
        ]
        for fork in forks:
            fork.start()
        for fork in forks:
            fork.join()
    assert {fork.exitcode for fork in forks} == {0}
