from pathlib import Path

import numpy as np
import pytest
import yaml

from rapidmass.config.search.scan import Axis, ScanSettings

DELIVERED = Path(__file__).parents[3] / "config" / "config.yaml"


def test_an_axis_is_a_whole_number_of_bins():
    np.testing.assert_allclose(Axis(start=0, stop=60, step=20).edges, [0, 20, 40, 60])
    with pytest.raises(ValueError, match="no whole number of 25"):
        Axis(start=0, stop=60, step=25)


@pytest.mark.parametrize(
    "changes",
    [{"background_uncertainty": -0.1}, {"background_uncertainty": 1.0}, {"score_quantiles": [1.0]}],
)
def test_what_makes_no_sense_is_refused(changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        ScanSettings(**changes)


def test_no_uncertainty_is_claimed_unasked():
    assert ScanSettings().background_uncertainty == 0


def test_the_delivered_references_are_those_of_the_earlier_analysis():
    block = yaml.safe_load(DELIVERED.read_text(encoding="utf-8"))["scan"]
    references = ScanSettings(**block).reference_significances
    assert references.background_share == 0.2
    largest = {
        (selection, signal): max(values[signal] for values in networks.values())
        for selection, networks in references.significances.items()
        for signal in ("SUSY_450p300", "SUSY_800p50")
    }
    assert largest == {
        ("3lep", "SUSY_450p300"): 4.5, ("3lep", "SUSY_800p50"): 0.52,
        ("2lep", "SUSY_450p300"): 2.4, ("2lep", "SUSY_800p50"): 0.42,
    }  # fmt: skip


@pytest.mark.parametrize("share", [0.0, 1.5])
def test_a_share_is_a_share(share):
    reference = {"source": "A", "background_share": share, "significances": {}}
    with pytest.raises(ValueError, match="background_share"):
        ScanSettings(reference_significances=reference)
