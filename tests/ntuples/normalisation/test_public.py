"""Public files say themselves how they are normalised, as published with them or not at all."""

from pathlib import Path

import pytest

from rapidmass.config.inputs.constants import keep_constants
from rapidmass.config.inputs.samples import SampleWeights
from rapidmass.config.load import read_format
from rapidmass.ntuples.access.sources import Source
from rapidmass.ntuples.normalisation.sample_weights import normalise_sample

ROOT = Path(__file__).parents[3]
REAL = ROOT.parent / "shared/data/real"
TTBAR_WW = (
    "atlas-open-data-2025-13tev/ODEO_FEB2025_v0_2J2LMET30_mc_410081."
    "MadGraphPythia8EvtGen_A14NNPDF23_ttbarWW.2J2LMET30.root"
)
# cross section in pb and sum of weights, as published by the experiment
PUBLISHED = {
    "mc_361106.Zee": (1950.5295, 150277594200),
    "mc_361107.Zmumu": (1950.6321, 147334691090),
    "mc_361108.Ztautau": (1950.6321, 56171652547.3),
    "mc_410000.ttbar_lep": (452.693559, 49386600),
}
TTW = (0.60084912, 4075279.75386)


@pytest.fixture
def normalise():
    def normalise_file(file, cross_section, sum_of_weights, *, by, **weights):
        path = REAL / file
        if not path.exists():
            pytest.skip(f"there is no file {path}")
        settings = read_format(ROOT / f"config/ntuples/{by}.yaml")
        numbers = {"cross_section": cross_section, "sum_of_weights": sum_of_weights}
        row = SampleWeights(**numbers, **weights)
        return normalise_sample(
            path.name,
            row,
            sources={"0": Source(str(path))},
            settings=keep_constants(row, settings),
            luminosity_share=1.0,
        )

    return normalise_file


def name_file(start):
    return f"atlas-open-data-2020-13tev/{start}.4lep.root"


@pytest.mark.parametrize("start", list(PUBLISHED))
def test_published_numbers_agree_with_those_in_the_files(normalise, start):
    cross_section, total = PUBLISHED[start]
    found = normalise(name_file(start), cross_section, total, by="atlas_open_data_2020")
    assert found.weight == cross_section / total
    in_files = {"cross_section": cross_section, "sum_of_weights": total}
    assert found.in_files == pytest.approx(in_files, rel=1e-6)  # of 32 bits
    of_files = normalise(name_file(start), "file", "file", by="atlas_open_data_2020")
    assert of_files.weight == pytest.approx(found.weight, rel=1e-6)


def test_what_a_file_lacks_is_noticed(normalise):
    """It holds 1 for both."""
    file, by = name_file("mc_410155.ttW"), "atlas_open_data_2020"
    with pytest.raises(ValueError, match=r"sample mc_410155\.ttW.*: ") as caught:
        normalise(file, *TTW, by=by)
    message = str(caught.value)
    assert "is 0.600849 in the sample sheet, but 1 in the files" in message
    assert "is 4.07528e+06 in the sample sheet, but 1 in the files" in message
    assert "put 'sheet' into its column 'constants'" in message
    found = normalise(file, *TTW, by=by, constants="sheet")
    assert found.weight == TTW[0] / TTW[1]


def test_cross_section_k_factor_and_efficiency_are_multiplied(normalise):
    """As published: 0.008095 pb, k-factor 1.223426, no filter, 30000 events of weight 1."""
    by = "atlas_open_data_2025"
    found = normalise(TTBAR_WW, "file", "file", by=by)
    assert found.cross_section == pytest.approx(0.008095 * 1.223426, rel=1e-6)
    assert found.sum_of_weights == 30000
    of_sheet = normalise(TTBAR_WW, 0.008095, 30000, by=by, k_factor=1.223426)
    assert of_sheet.weight == pytest.approx(found.weight, rel=1e-6)
    with pytest.raises(ValueError, match=r"is 0\.008095 in the sample sheet, but 0\.0099"):
        normalise(TTBAR_WW, 0.008095, 30000, by=by)


def test_sums_of_weights_beside_the_events_are_added_up(normalise):
    """The older files of this kind write an underscore at the end of the name."""
    file, by = "cms-nanoaod/nano_dy.root", "cms_nanoaod"
    found = normalise(file, 6077.22, "sum:Runs:genEventSumw_", by=by)
    assert found.sum_of_weights == pytest.approx(1.51666867e10, rel=1e-8)
    with pytest.raises(ValueError, match=r"no branch 'genEventSumw'; .* genEventSumw_"):
        normalise(file, 6077.22, "sum:Runs:genEventSumw", by=by)
