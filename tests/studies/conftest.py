import pytest

from example_networks import make_vae
from exported_networks import export_network
from synthetic_megasets import make_events, write_events


@pytest.fixture(scope="session")
def network():
    """Settings of the exported network: it has errors of cells, and a latent space."""
    return make_vae(exclude_features=["h_*"])


@pytest.fixture(scope="session")
def model(tmp_path_factory, network):
    """An exported network."""
    folder = tmp_path_factory.mktemp("network")
    megaset = write_events(folder / "megaset.parquet", make_events(600))
    return export_network(folder, network, megaset)
