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


def test_no_feature_has_a_number_that_stands_for_a_missing_jet(config):
    for text in config.representations["kinematics"].features.values():
        assert "999" not in str(text)
