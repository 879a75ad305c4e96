import json

import pytest

from rapidmass.studies.tuning.figures import draw_importances, draw_trials


def make_tuning(losses, configured=0.5):
    trials = [
        {"round": k // 4, "batch": k // 2 % 2, "parameters": {"depth": 1}, "loss": loss}
        for k, loss in enumerate(losses)
    ]
    first = {"round": 0, "batch": 0, "parameters": None, "loss": configured}
    return {"trials": [first, *trials], "configured_loss": configured}


def test_numbers_are_those_of_the_trials(analysis, tmp_path):
    draw_trials(analysis.frame, make_tuning([0.9, None, 0.7, 0.8, 0.2]), tmp_path / "trials")
    drawn = json.loads((tmp_path / "trials.json").read_text())
    assert drawn["loss"] == [0.9, None, 0.7, 0.8, 0.2]
    assert drawn["smallest_loss"] == [0.9, 0.9, 0.7, 0.7, 0.2]
    assert drawn["configured_loss"] == 0.5
    assert drawn["round"] == [0, 0, 0, 0, 1]
    assert (tmp_path / "trials.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("losses", "configured"), [([None, 0.1], None), ([0.3], 0.3), ([1e-6, 1e6], 1.0)]
)
def test_odd_losses_can_be_drawn(analysis, tmp_path, losses, configured):
    draw_trials(analysis.frame, make_tuning(losses, configured), tmp_path / "trials")
    drawn = json.loads((tmp_path / "trials.json").read_text())
    assert (drawn["loss"], drawn["configured_loss"]) == (losses, configured)


def test_importances_are_drawn_from_the_largest(analysis, tmp_path):
    shares = {"width": 0.3, "learning_rate": 0.6, "depth": 0.1}
    draw_importances(analysis.frame, shares, tmp_path / "importances")
    drawn = json.loads((tmp_path / "importances.json").read_text())
    assert drawn["parameters"] == ["learning_rate", "width", "depth"]
    assert drawn["importances"] == [0.6, 0.3, 0.1]
