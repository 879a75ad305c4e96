import subprocess
import sys

import pytest
import torch

from example_networks import THESIS_NETWORKS, make_autoencoder, reconstruct
from rapidmass.models.networks.base import Inputs
from rapidmass.models.networks.registry import build_network, read_settings

# A layer of n units after m has (m + 1) n parameters.
PARAMETERS = {
    "ae_shallow": 530 * 529 + 530 * 150 + 151 * 529,
    "ae_deep": 530 * 529
    + 530 * 450
    + 451 * 300
    + 301 * 200
    + 201 * 150
    + 151 * 200
    + 201 * 300
    + 301 * 450
    + 451 * 529,
    "vae_shallow": 530 * 529 + 2 * 530 * 150 + 151 * 529,
    "vae_deep": 530 * 529
    + 530 * 400
    + 401 * 300
    + 301 * 200
    + 2 * 201 * 150
    + 151 * 200
    + 201 * 300
    + 301 * 400
    + 401 * 529,
}


@pytest.mark.parametrize("name", THESIS_NETWORKS)
def test_the_networks_of_the_thesis(name):
    network = build_network(read_settings(THESIS_NETWORKS[name]), (), 529)
    assert sum(p.numel() for p in network.parameters()) == PARAMETERS[name]
    x = torch.rand(5, 529)
    network.seed_noise(1)
    losses = network.compute_losses(Inputs(x)).total
    assert losses.shape == (5,)
    assert (losses > 0).all()
    assert reconstruct(network, x).shape == (5, 529)


@pytest.mark.parametrize("name", THESIS_NETWORKS)
def test_the_reconstruction_of_an_event_knows_nothing_of_others(name):
    network = build_network(read_settings(THESIS_NETWORKS[name]), (), 529)
    x = torch.rand(20, 529)
    torch.testing.assert_close(reconstruct(network, x)[7:8], reconstruct(network, x[7:8]))


def test_the_global_seed_decides_the_initial_weights():
    def draw(seed):
        torch.manual_seed(seed)
        return next(build_network(make_autoencoder(), (), 9).parameters())

    assert torch.equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))


@pytest.mark.parametrize(
    ("name", "absent"), [("ae_shallow", "vae"), ("vae_shallow", "autoencoder")]
)
def test_only_the_family_in_use_is_imported(name, absent):
    code = (
        "import sys\n"
        "from rapidmass.models.networks.registry import build_network, read_settings\n"
        f"build_network(read_settings({THESIS_NETWORKS[name]!r}), (), 9)\n"
        f"sys.exit(any(m.endswith('.{absent}') for m in sys.modules if 'rapidmass' in m))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_unknown_families_are_refused():
    with pytest.raises(ValueError, match="no network family 'forest'"):
        read_settings({"family": "forest"})
    with pytest.raises(ValueError, match="need a family"):
        read_settings({"layers": []})
