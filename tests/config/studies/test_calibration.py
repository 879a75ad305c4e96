import pytest

from rapidmass.config.search.selection import MegasetSettings, Selection
from rapidmass.config.studies.calibration import Calibration


class Network:
    score_names = ("error", "radius")


class Blocks:
    """The blocks that the study names things from."""

    def __init__(self, **changes):
        block = {
            "cuts": [{"name": "trigger", "require": "trigger"}],
            "channels": {"top": ["tt"]},
            "signals": ["susy", "higgs"],
            "data": ["obs"],
        }
        self.architectures = {"vae": Network()}
        self.baselines = {"met": None}
        self.megasets = MegasetSettings()
        self.selections = {"lep": Selection.model_validate({**block, **changes})}


def test_the_first_signal_that_is_named_is_fitted():
    blocks = Blocks()
    assert Calibration().get_signal(blocks, "lep") == "susy"
    assert Calibration(signals=["higgs"]).get_signal(blocks, "lep") == "higgs"
    assert Calibration(signals=["other"]).list_selections(blocks) == []


@pytest.mark.parametrize(
    ("settings", "changes", "message"),
    [
        ({"scorer": "vea"}, {}, "calibration.scorer: score 'vea' does not exist; did you mean"),
        ({"signals": ["sus"]}, {}, "'sus' does not exist; did you mean 'susy'"),
        ({}, {"data": []}, "no selection has signals and data"),
    ],
)
def test_what_it_needs_must_be_there(settings, changes, message):
    Calibration(**settings).check(Blocks(**changes))  # it is off
    with pytest.raises(ValueError, match=message):
        Calibration(enabled=True, **settings).check(Blocks(**changes))


def test_scores_are_those_of_networks_and_baselines():
    for scorer in ("vae", "vae-radius", "met", None):
        study = Calibration(enabled=True, scorer=scorer)
        study.check(Blocks())
        assert study.get_scorer(Blocks()) == (scorer or "vae")
