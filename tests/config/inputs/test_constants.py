"""Which constants in the files of a sample its weight needs."""

import pytest

from rapidmass.config.inputs.constants import keep_constants, list_constants, needs_files
from rapidmass.config.inputs.ntuple_format import InFile, NtupleFormat
from rapidmass.config.inputs.samples import SampleWeights

IN_FILE = InFile(cross_section="xsec", k_factor="kfac", sum_of_weights="total * unit")
FORMAT = {
    "tree": ["mini"],
    "energy_unit": "MeV",
    "constants": {"thousand": 1000.0, "threshold": 7.0},
    "aliases": {"unit": "thousand * scale", "hard": "pt > threshold", "scale": "old + 1"},
    "alternatives": {"total": ["sumw", "sumw_ * other"], "other": ["a", "b"], "unused": ["c"]},
    "data_aliases": {"unit": "1"},
    "collections": {"lepton": {"pt": "pt", "eta": "0", "phi": "0", "mass": "0"}},
    "objects": {"ele": {"collection": "lepton", "where": "hard"}},
    "leptons": ["ele"],
    "met": {"pt": "met", "phi": "0"},
    "weights": {"generator": "w"},
    "in_file": IN_FILE.model_dump(),
}
NUMBERS = {"cross_section": 1.0, "sum_of_weights": 2.0}
CROSS_SECTION = {"cross_section", "k_factor", "filter_efficiency"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {*CROSS_SECTION, "sum_of_weights"}),
        ({"constants": "sheet"}, set()),
        ({"cross_section": "file", "constants": "sheet"}, CROSS_SECTION),
        ({"sum_of_weights": "file", "constants": "sheet"}, {"sum_of_weights"}),
        ({"sum_of_weights": "sum:Runs:w"}, CROSS_SECTION),
        ({"sum_of_weights": "branch:w", "constants": "sheet"}, set()),
        ({"cross_section": None, "sum_of_weights": None}, set()),
    ],
)
def test_what_is_used_or_compared_is_read(changes, expected):
    weights = SampleWeights(**{**NUMBERS, **changes})
    assert set(list_constants(weights, IN_FILE)) == expected
    is_found = isinstance(weights.sum_of_weights, str)
    settings = NtupleFormat.model_validate(FORMAT)
    assert needs_files(weights, settings) == (bool(expected) or is_found)


def test_without_constants_in_the_format_nothing_is_compared():
    assert list_constants(SampleWeights(**NUMBERS), None) == {}
    for column in NUMBERS:
        weights = SampleWeights(**{**NUMBERS, column: "file"})
        with pytest.raises(ValueError, match=f"column '{column}' says 'file', but the ntuple"):
            list_constants(weights, None)


def test_only_what_constants_are_made_of_is_kept():
    settings = NtupleFormat.model_validate(FORMAT)
    kept = keep_constants(SampleWeights(**NUMBERS), settings)
    assert set(kept.aliases) == {"unit", "scale"}
    assert set(kept.constants) == {"thousand"}
    assert set(kept.alternatives) == {"total", "other"}
    assert kept.in_file == settings.in_file
    assert kept.tree == ["mini"]
    assert (kept.objects, kept.collections, kept.data_aliases) == ({}, {}, {})


@pytest.mark.parametrize(
    "changes",
    [
        {"aliases": {**FORMAT["aliases"], "hard": "pt > 1"}},
        {"objects": {}, "leptons": []},
        {"met": {"pt": "other", "phi": "1"}},
        {"weights": {"generator": "other"}},
        {"trigger": "fired"},
    ],
)
def test_other_changes_of_a_format_make_no_difference(changes):
    weights = SampleWeights(**NUMBERS)
    before, after = (
        keep_constants(weights, NtupleFormat.model_validate({**FORMAT, **more}))
        for more in ({}, changes)
    )
    assert before == after


def test_a_format_that_is_not_asked_is_reduced_to_its_tree():
    weights = SampleWeights(**NUMBERS, constants="sheet")
    kept = keep_constants(weights, NtupleFormat.model_validate(FORMAT))
    assert kept.in_file is None
    assert (kept.constants, kept.aliases, kept.alternatives) == ({}, {}, {})
