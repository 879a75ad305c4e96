"""The delivered configuration of a search with models in mind."""

import pytest

from rapidmass.config.load import load_analysis
from rapidmass.provenance.yaml_files import read_yaml
from sources import ROOT


@pytest.fixture(scope="module")
def config():
    content = read_yaml(ROOT / "config/dark-matter.yaml")
    for key in ("samples", "ntuple_formats", "processes"):
        content[key] = str(ROOT / content[key])
    return load_analysis(content, origin="dark-matter.yaml").config


def test_every_theory_and_sector_has_light_and_heavy_bosons(config):
    (selection,) = config.selections.values()
    found = {tuple(name.split("_")) for name in selection.signals}
    assert {(theory, sector) for theory, sector, _ in found} == {
        (theory, sector) for theory in ("DH", "LV", "EFT") for sector in ("light", "heavy")
    }
    for theory, sector in {key[:2] for key in found}:
        masses = sorted(int(mass) for *key, mass in found if tuple(key) == (theory, sector))
        assert masses[0] < 600 <= masses[-2] < 1100 <= masses[-1]


def test_one_training_knows_all_signals_and_others_one(config):
    (selection,) = config.selections.values()
    told = {name: architecture.signals for name, architecture in config.architectures.items()}
    assert set(told["trees_all"]) == set(selection.signals)
    assert told["trees_DH_light_130"] == told["network_DH_light_130"] == ("DH_light_130",)
    assert told["autoencoder"] == ()
    assert config.baselines["cuts_DH_light_130"].signals == ("DH_light_130",)


def test_theories_and_ranges_of_masses_share_all_signals_out(config):
    (selection,) = config.selections.values()
    told = {name: architecture.signals for name, architecture in config.architectures.items()}
    theories = [told[f"trees_{name}"] for name in ("DH", "LV", "EFT")]
    ranges = [told[f"trees_{name}"] for name in ("low", "middle", "high")]
    for parts in (theories, ranges):
        joined = [signal for part in parts for signal in part]
        assert sorted(joined) == sorted(selection.signals)  # each once
    edges = [[int(signal.split("_")[-1]) for signal in part] for part in ranges]
    assert max(edges[0]) <= 600 < min(edges[1])
    assert max(edges[1]) < 1100 <= min(edges[2])


def test_categories_are_what_theories_and_ranges_have_in_common(config):
    (selection,) = config.selections.values()
    told = {name: set(architecture.signals) for name, architecture in config.architectures.items()}
    categories = config.studies.trainings.categories.list_categories(selection.signals)
    assert len(categories) == 18
    assert sorted(s for _, some in categories for s in some) == sorted(selection.signals)
    for values, signals in categories:
        assert set(signals) <= told[f"trees_{values['theory']}"] & told[f"trees_{values['mass']}"]
        assert all(f"_{values['dark_sector']}_" in signal for signal in signals)


def test_masses_are_those_of_the_names_and_one_is_never_shown(config):
    network = config.architectures["network_DH_light"]
    (held,) = network.score_masses
    assert held not in network.masses.values()
    assert config.architectures[f"network_DH_light_{held:g}"].signals == (f"DH_light_{held:g}",)
    for masses in (network.masses, *config.studies.fits.mass_series.values()):
        assert all(int(name.split("_")[-1]) == mass for name, mass in masses.items())


def test_cuts_of_an_earlier_analysis_are_counted_by_flavour(config):
    counting = config.studies.cut_and_count
    assert counting.variables == [
        "m_ll",
        "met_significance",
        "mt2_ll",
        "mt_pair",
        "muons",
        "n_bjet",
    ]
    regions = {region.name: region.where for region in config.studies.fits.regions}
    assert regions == {category.name: category.where for category in counting.categories}


def test_no_feature_has_a_number_that_stands_for_a_missing_jet(config):
    for text in config.representations["kinematics"].features.values():
        assert "999" not in str(text)
