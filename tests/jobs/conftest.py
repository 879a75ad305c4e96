"""Contexts of small configurations: the delivered one, with changes."""

from copy import deepcopy
from types import SimpleNamespace

import pytest

from jobs.context import make_context
from rapidmass.provenance.yaml_files import read_yaml
from sources import ROOT

DELIVERED = read_yaml(ROOT / "config" / "config.yaml") | {
    "split": {"test_fraction": 0.2, "validation_fraction": 0.1}
}
NETWORK = {"family": "autoencoder", "layers": [{"units": "inputs", "activation": "linear"}]}


def merge(block, changes):
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(block.get(key), dict):
            merge(block[key], value)
        else:
            block[key] = value
    return block


@pytest.fixture
def make():
    """Make a context with one network."""

    def make(**changes):
        config = deepcopy({**DELIVERED, "architectures": {"ae": NETWORK}, "studies": {}})
        return make_context(merge(config, changes), ROOT, "the tests")

    return make


@pytest.fixture
def context(make):
    return make()


@pytest.fixture
def wildcards():
    """Make wildcards of a job."""
    return lambda **values: SimpleNamespace(**values, get=values.get)
