"""Settings of networks, for tests: the four of the thesis, and small ones."""

import torch

from rapidmass.config.models.autoencoder import Autoencoder
from rapidmass.config.models.discriminator import Discriminator
from rapidmass.config.models.masked_autoencoder import MaskedAutoencoder
from rapidmass.config.models.one_class import OneClass
from rapidmass.config.models.student import Student
from rapidmass.config.models.vae import VariationalAutoencoder


def make_chain(*layers):
    return [{"units": units, "activation": activation} for units, activation in layers]


ADAM_AE = {"name": "adam", "learning_rate": 0.0015}
ADAM_VAE = {"name": "adam", "learning_rate": 0.001}

THESIS_NETWORKS = {
    "ae_shallow": {
        "family": "autoencoder",
        "optimiser": ADAM_AE,
        "layers": make_chain(("inputs", "tanh"), (150, "leaky_relu"), ("inputs", "leaky_relu")),
    },
    "ae_deep": {
        "family": "autoencoder",
        "optimiser": ADAM_AE,
        "layers": make_chain(
            ("inputs", "tanh"),
            (450, "tanh"),
            (300, "leaky_relu"),
            (200, "relu"),
            (150, "leaky_relu"),
            (200, "relu"),
            (300, "leaky_relu"),
            (450, "tanh"),
            ("inputs", "leaky_relu"),
        ),
    },
    "vae_shallow": {
        "family": "vae",
        "optimiser": ADAM_VAE,
        "loss": "bce",
        "encoder": make_chain(("inputs", "tanh")),
        "latent": 150,
        "decoder": make_chain(("inputs", "sigmoid")),
    },
    "vae_deep": {
        "family": "vae",
        "optimiser": ADAM_VAE,
        "loss": "bce",
        "encoder": make_chain(
            ("inputs", "relu"), (400, "tanh"), (300, "relu"), (200, "leaky_relu")
        ),
        "latent": 150,
        "decoder": make_chain(
            (200, "leaky_relu"), (300, "relu"), (400, "tanh"), ("inputs", "sigmoid")
        ),
    },
}


def make_autoencoder(**changes):
    settings = {
        "layers": make_chain((8, "tanh"), (4, "leaky_relu"), ("inputs", "leaky_relu")),
        "batch_size": 256,
        "epochs": 2,
    }
    return Autoencoder(**{**settings, **changes})


def make_vae(**changes):
    settings = {
        "encoder": make_chain((8, "tanh")),
        "latent": 3,
        "decoder": make_chain((8, "tanh"), ("inputs", "sigmoid")),
        "loss": "bce",
        "batch_size": 256,
        "epochs": 2,
    }
    return VariationalAutoencoder(**{**settings, **changes})


def make_masked_autoencoder(**changes):
    settings = {
        "layers": make_chain((8, "tanh"), (4, "leaky_relu"), ("inputs", "linear")),
        "batch_size": 256,
        "epochs": 2,
    }
    return MaskedAutoencoder(**{**settings, **changes})


def make_discriminator(**changes):
    settings = {
        "layers": make_chain((8, "leaky_relu"), (4, "leaky_relu")),
        "batch_size": 256,
        "epochs": 2,
    }
    return Discriminator(**{**settings, **changes})


def make_one_class(**changes):
    settings = {
        "layers": make_chain((8, "leaky_relu"), (6, "elu")),
        "dimensions": 3,
        "members": 2,
        "batch_size": 256,
        "epochs": 2,
    }
    return OneClass(**{**settings, **changes})


def make_student(**changes):
    settings = {
        "follows": "both",
        "layers": make_chain((8, "leaky_relu"), (4, "leaky_relu")),
        "batch_size": 256,
        "epochs": 2,
    }
    return Student(**{**settings, **changes})


def reconstruct(network, x):
    return network.describe_events(x, torch.ones_like(x))["reconstruction"]
