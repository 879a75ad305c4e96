import pytest

from example_networks import make_autoencoder
from rapidmass.config.studies.tuning import TuningSpace
from rapidmass.studies.tuning.trials import Batch

SPACE = TuningSpace(
    depth={"low": 1, "high": 2},
    width={"low": 6, "high": 12},
    latent={"low": 2, "high": 5},
    activations=["tanh", "relu"],
    learning_rate={"low": 0.001, "high": 0.1},
    batch_sizes=[64, 256],
)


@pytest.fixture
def make_batch():
    def make(number=0, batch=0, **changes):
        settings = {
            "name": "net",
            "network": make_autoencoder(epochs=1),
            "space": SPACE,
            "trials": 3,
            "random_trials": 4,
            "seed": 1,
        }
        return Batch(round=number, batch=batch, **{**settings, **changes})

    return make
