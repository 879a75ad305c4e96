"""Sums of weights and the weight of an event."""

import numpy as np
import pytest
import uproot

from rapidmass.config.sample import SampleWeights
from rapidmass.ntuples.normalisation import normalise_sample
from rapidmass.ntuples.reader import NtupleError


def normalise(files=(), share=1.0, **weights):
    settings = {"cross_section": 10.0, "k_factor": 1.5, "filter_efficiency": 0.5, **weights}
    return normalise_sample(
        "sample", SampleWeights(**settings), files=files, trees=["mini"], luminosity_share=share
    )


def test_weight_is_cross_section_over_sum_of_weights():
    found = normalise(sum_of_weights=1000.0)
    assert found.cross_section == pytest.approx(7.5)
    assert found.weight == pytest.approx(7.5 / 1000)


def test_a_campaign_gets_its_share_of_the_luminosity():
    assert normalise(sum_of_weights=1000.0, share=0.25).weight == pytest.approx(7.5 / 4000)


def test_data_have_weight_one():
    found = normalise_sample(
        "data", SampleWeights(), files=[], trees=["mini"], luminosity_share=1.0
    )
    assert found.weight == 1


def test_a_constant_branch_is_read_once_for_all_files(write):
    files = [write("a.root"), write("b.root")]
    assert normalise(files, sum_of_weights="branch:sumw").sum_of_weights == 1234.5


def test_a_branch_that_varies_is_no_constant(write):
    with pytest.raises(ValueError, match="branch weight has 1000 different values"):
        normalise([write()], sum_of_weights="branch:weight")


def test_a_bookkeeping_tree_is_added_over_files(tmp_path):
    files = []
    for number in (1, 2):
        files.append(tmp_path / f"{number}.root")
        with uproot.recreate(files[-1]) as file:
            file.mktree("book", {"w": np.float64})
            file["book"].extend({"w": np.array([10.0 * number, 1.0])})
    assert normalise(files, sum_of_weights="sum:book:w").sum_of_weights == 32


@pytest.mark.parametrize("total", [0.0, -5.0])
def test_sums_that_are_not_positive_are_refused(tmp_path, total):
    path = tmp_path / "a.root"
    with uproot.recreate(path) as file:
        file.mktree("book", {"w": np.float64})
        file["book"].extend({"w": np.array([total])})
    with pytest.raises(ValueError, match=r"sample sample: the sum of weights .* must be positive"):
        normalise([path], sum_of_weights="sum:book:w")


def test_missing_branch_is_named(write):
    with pytest.raises(NtupleError, match="no branch 'SumW'"):
        normalise([write()], sum_of_weights="branch:SumW")
