from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from example_networks import THESIS_NETWORKS
from rapidmass.config.models.autoencoder import Autoencoder
from rapidmass.config.models.discriminator import Discriminator
from rapidmass.config.models.vae import VariationalAutoencoder
from rapidmass.config.studies.tuning import Tuning, TuningSpace


@pytest.fixture
def config():
    return SimpleNamespace(
        architectures={
            "ae_deep": Autoencoder(**THESIS_NETWORKS["ae_deep"]),
            "vae_deep": VariationalAutoencoder(**THESIS_NETWORKS["vae_deep"]),
            "judge": Discriminator(layers=[{"units": 8, "activation": "relu"}]),
        },
        selections={"2lep": None, "3lep": None},
        megasets=None,
    )


def test_without_names_all_that_can_be_tuned_take_part(config):
    tuning = Tuning(enabled=True)
    tuning.check(config)
    assert tuning.list_networks(config) == ["ae_deep", "vae_deep"]
    assert tuning.list_selections(config) == ["2lep", "3lep"]


def test_names_choose(config):
    tuning = Tuning(networks=["vae_deep"], selections=["3lep"])
    tuning.check(config)
    assert (tuning.list_networks(config), tuning.list_selections(config)) == (
        ["vae_deep"],
        ["3lep"],
    )


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"networks": ["ae_dep"]}, "studies.tuning.networks: .*did you mean 'ae_deep'"),
        ({"networks": ["judge"]}, "studies.tuning.networks: judge is of the family discriminator"),
        ({"selections": ["4lep"]}, "studies.tuning.selections: selection '4lep' does not exist"),
    ],
)
def test_what_cannot_be_tuned_is_named(config, block, message):
    with pytest.raises(ValueError, match=message):
        Tuning(**block).check(config)


def test_nothing_to_tune_is_refused_where_it_is_asked_for(config):
    config.architectures = {"judge": config.architectures["judge"]}
    Tuning().check(config)
    with pytest.raises(ValueError, match=r"studies\.tuning: there is no architecture"):
        Tuning(enabled=True).check(config)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"depth": {"low": 3, "high": 2}}, "low 3 is above high 2"),
        ({"learning_rate": {"low": 0.1, "high": 0.01}}, "low 0.1 is above high 0.01"),
        ({"latent": {"low": 10, "high": 151}}, "latent.high 151 is above width.low 150"),
        ({"activations": []}, "at least 1 item"),
        ({"activations": ["tanh", "tanh"]}, "tanh is listed twice"),
        ({"batch_sizes": [64, 64]}, "64 is listed twice"),
        ({"kl_weight": {"low": 1, "high": 2}}, "Extra inputs"),  # it changes what a loss means
        ({"loss": ["mse", "bce"]}, "Extra inputs"),
    ],
)
def test_spaces_that_make_no_sense_are_refused(block, message):
    with pytest.raises(ValidationError, match=message):
        TuningSpace(**block)
