import pytest

from rapidmass.config.search.selection import MegasetSettings, Selection
from rapidmass.config.studies.two_sample import TwoSample


class Blocks:
    """The blocks that the study names things from."""

    def __init__(self):
        block = {
            "cuts": [{"name": "trigger", "require": "trigger"}],
            "channels": {"top": ["tt"]},
            "signals": [],
            "data": ["obs"],
        }
        self.architectures = {}
        self.baselines = {"met": None}
        self.representations = {"rmm": None}
        self.megasets = MegasetSettings()
        self.selections = {"lep": Selection.model_validate(block)}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"representation": "rm"}, "representation 'rm' does not exist; did you mean 'rmm'"),
        ({"representation": "rmm", "methods": ["kernel"]}, "add trees to the methods"),
    ],
)
def test_elements_are_those_of_a_representation_and_for_trees(settings, message):
    TwoSample(enabled=True, scorer="met", representation="rmm").check(Blocks())
    with pytest.raises(ValueError, match=message):
        TwoSample(enabled=True, scorer="met", **settings).check(Blocks())
