import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from example_networks import THESIS_NETWORKS
from rapidmass.config.models.discriminator import Discriminator
from rapidmass.config.studies.tuning import FAMILIES, TuningSpace
from rapidmass.models.networks.registry import build_network, read_settings
from rapidmass.studies.tuning.space import apply_parameters, list_distributions

SPACE = TuningSpace()
PRESENT = {
    "family": "masked_autoencoder",
    "layers": [{"units": 20, "activation": "tanh"}, {"units": "inputs"}],
}
NETWORKS = {"ae": THESIS_NETWORKS["ae_deep"], "vae": THESIS_NETWORKS["vae_deep"], "p": PRESENT}
FREE = {"layers", "encoder", "decoder", "latent", "optimiser", "batch_size"}
EXAMPLE = {
    "depth": 2,
    "width": 400,
    "latent": 100,
    "activation": "elu",
    "learning_rate": 0.002,
    "batch_size": 64,
}

parameters = st.fixed_dictionaries(
    {
        "depth": st.integers(SPACE.depth.low, SPACE.depth.high),
        "width": st.integers(SPACE.width.low, SPACE.width.high),
        "latent": st.integers(SPACE.latent.low, SPACE.latent.high),
        "activation": st.sampled_from(SPACE.activations),
        "learning_rate": st.floats(SPACE.learning_rate.low, SPACE.learning_rate.high),
        "batch_size": st.sampled_from(SPACE.batch_sizes),
    }
)


def list_units(network):
    if network.family == "vae":
        before, after = (
            [layer.units for layer in part] for part in (network.encoder, network.decoder)
        )
        return [*before, network.latent, *after]
    return [layer.units for layer in network.layers]


def test_every_family_of_the_configuration_has_a_space():
    assert {read_settings(block).family for block in NETWORKS.values()} == set(FAMILIES)


@settings(max_examples=30, deadline=None)
@given(parameters, st.sampled_from(sorted(NETWORKS)))
def test_networks_narrow_towards_the_middle_and_widen_again(found, name):
    before = read_settings(NETWORKS[name])
    after = apply_parameters(before, found)
    *units, last = list_units(after)
    middle = found["depth"]
    assert last == "inputs"
    assert len(units) == 2 * middle + 1
    assert units == units[::-1]
    assert units[: middle + 1] == sorted(units[: middle + 1], reverse=True)
    assert (units[0], units[middle]) == (found["width"], found["latent"])
    # what makes losses comparable stays
    for key, value in before.model_dump().items():
        assert key in FREE or after.model_dump()[key] == value
    key = "decoder" if before.family == "vae" else "layers"
    assert getattr(before, key)[-1] == getattr(after, key)[-1]


def test_parameters_arrive_where_they_belong():
    network = apply_parameters(read_settings(NETWORKS["ae"]), EXAMPLE)
    assert [layer.units for layer in network.layers] == [400, 200, 100, 200, 400, "inputs"]
    assert {layer.activation for layer in network.layers[:-1]} == {"elu"}
    assert (network.optimiser.learning_rate, network.batch_size) == (0.002, 64)
    network = apply_parameters(read_settings(NETWORKS["vae"]), EXAMPLE)
    assert [layer.units for layer in network.encoder] == [400, 200]
    assert [layer.units for layer in network.decoder] == [200, 400, "inputs"]
    assert network.latent == 100


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_can_be_built(name):
    torch.manual_seed(1)
    network = build_network(apply_parameters(read_settings(NETWORKS[name]), EXAMPLE), (30,), 30)
    assert sum(p.numel() for p in network.parameters()) > 2 * 400 * 200


def test_other_families_are_refused():
    judge = Discriminator(layers=[{"units": 8, "activation": "relu"}])
    with pytest.raises(ValueError, match=r"discriminator have no search space; .*autoencoder"):
        apply_parameters(judge, EXAMPLE)


def test_distributions_are_those_of_the_configuration():
    space = TuningSpace(
        depth={"low": 2, "high": 3}, latent={"low": 5, "high": 6}, batch_sizes=[16, 64]
    )
    found = list_distributions(space)
    assert set(found) == set(EXAMPLE)
    assert (found["depth"].low, found["depth"].high) == (2, 3)
    assert (found["latent"].low, found["latent"].high) == (5, 6)
    assert found["batch_size"].choices == (16, 64)
    assert found["learning_rate"].log
