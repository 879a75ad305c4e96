"""Studies that train networks again: what they name must exist."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from rapidmass.config.load import load_analysis
from rapidmass.config.studies.channel_removal import ChannelRemoval
from rapidmass.config.studies.megaset_number import MegasetNumber
from rapidmass.config.studies.seeds import Seeds

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def config():
    content = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    for key in ("samples", "ntuple_formats", "processes"):
        content[key] = str(ROOT / content[key])
    return load_analysis(content).config


@pytest.mark.parametrize("study", [ChannelRemoval, Seeds, MegasetNumber])
def test_empty_means_all(config, study):
    assert study().list_networks(config) == list(config.architectures)
    assert study().list_selections(config) == list(config.selections)
    study(enabled=True).check(config)
    assert not study().enabled


@pytest.mark.parametrize("study", [ChannelRemoval, Seeds, MegasetNumber])
def test_networks_are_chosen_in_the_order_of_the_configuration(config, study):
    names = list(config.architectures)
    assert study(networks=[names[2], names[0]]).list_networks(config) == [names[0], names[2]]


@pytest.mark.parametrize(
    ("study", "message"),
    [
        (
            ChannelRemoval(networks=["ae_shalow"]),
            "removal.networks: network 'ae_shalow' does not exist; did you mean 'ae_shallow'?",
        ),
        (Seeds(networks=["zzz"]), "studies.seeds.networks: network 'zzz' .*; there are ae_"),
        (
            MegasetNumber(networks=["ae_deep", "ae_deep"]),
            "studies.megaset_number.networks: network 'ae_deep' is listed twice",
        ),
        (
            MegasetNumber(selections=["3lepp"]),
            (
                "studies.megaset_number.selections: selection '3lepp' does not exist; did you mean "
                "'3lep'?"
            ),
        ),
        (
            ChannelRemoval(channels=["tbar"]),
            "removal.channels: background channel 'tbar' does not exist; did you mean 'ttbar'?",
        ),
    ],
)
def test_what_does_not_exist_is_named(config, study, message):
    with pytest.raises(ValueError, match=message):
        study.check(config)


def test_channels_are_those_that_the_selection_has(config):
    study = ChannelRemoval(channels=["triboson", "ttbar"])
    study.check(config)
    assert sorted(study.list_channels(config, "3lep")) == ["triboson", "ttbar"]
    assert study.list_channels(config, "2lep") == ["ttbar"]
    assert len(ChannelRemoval().list_channels(config, "3lep")) == 12
    assert ChannelRemoval(channels=["triboson"]).list_selections(config) == ["3lep"]


def test_the_only_channel_cannot_be_left_out(config):
    selections = dict(config.selections)
    selections["2lep"] = selections["2lep"].model_copy(update={"channels": {"ttbar": ["ttbar"]}})
    lonely = config.model_copy(update={"selections": selections})
    with pytest.raises(ValueError, match="selection 2lep has the channel ttbar alone"):
        ChannelRemoval(enabled=True).check(lonely)
    ChannelRemoval(enabled=True, channels=["triboson"]).check(lonely)
    ChannelRemoval().check(lonely)


def test_numbers_of_megasets_rise_and_the_usual_one_is_not_trained_again(config):
    study = MegasetNumber(numbers=[20, 1, 10])
    assert study.numbers == (1, 10, 20)
    assert config.megasets.number == 10
    assert study.list_trained(config) == [1, 20]


@pytest.mark.parametrize(
    ("study", "content", "message"),
    [
        (MegasetNumber, {"numbers": [5]}, "at least 2"),
        (MegasetNumber, {"numbers": [5, 5]}, "number of megasets 5 is listed twice"),
        (MegasetNumber, {"numbers": [0, 5]}, "greater than or equal to 1"),
        (Seeds, {"number": 1}, "greater than or equal to 2"),
    ],
)
def test_numbers_that_compare_nothing_are_refused(study, content, message):
    with pytest.raises(ValidationError, match=message):
        study(**content)
