import json

import pytest

from rapidmass.plotting.losses import draw_losses
from rapidmass.provenance.atomic_files import read_json


def make_epochs(losses):
    return [
        {"megaset": k // 2, "epoch": k % 2, "training_loss": loss, "validation_loss": loss}
        for k, loss in enumerate(losses)
    ]


def test_numbers_are_those_of_the_history(analysis, tmp_path):
    epochs = read_json(analysis.products.history)["epochs"]
    draw_losses(analysis.frame, epochs, tmp_path / "losses")
    drawn = json.loads((tmp_path / "losses.json").read_text())
    assert drawn["step"] == list(range(1, 13))
    for key in ("megaset", "epoch", "training_loss", "validation_loss"):
        assert drawn[key] == [record[key] for record in epochs]


@pytest.mark.parametrize(
    "losses", [[None, None], [0.1], [-2.0, -3.0, -1.0], [0.5, 0.5], [1e-9, 3.0]]
)
def test_odd_losses_can_be_drawn(analysis, tmp_path, losses):
    draw_losses(analysis.frame, make_epochs(losses), tmp_path / "losses")
    drawn = json.loads((tmp_path / "losses.json").read_text())
    assert drawn["training_loss"] == losses
