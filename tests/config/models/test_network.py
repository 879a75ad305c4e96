import pytest
from pydantic import ValidationError

from example_networks import make_autoencoder, make_chain, make_vae
from rapidmass.config.models.network import Architecture, Layer


@pytest.mark.parametrize("make", [make_autoencoder, make_vae])
@pytest.mark.parametrize(
    "change",
    [
        {"unknown": 1},
        {"batch_size": 0},
        {"epochs": 0},
        {"optimiser": {"name": "adam", "learning_rate": 0}},
        {"loss": "mae"},
        {"precision": "float16"},
        {"negative_weights": "ignore"},
        {"family": "forest"},
    ],
)
def test_bad_settings_are_refused(make, change):
    with pytest.raises(ValidationError, match=next(iter(change))):
        make(**change)


def test_settings_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        make_autoencoder().epochs = 3


@pytest.mark.parametrize("units", [0, -1, "output", 1.5])
def test_units_are_a_number_or_the_inputs(units):
    with pytest.raises(ValidationError, match="units"):
        Layer(units=units)


@pytest.mark.parametrize(("make", "key"), [(make_autoencoder, "layers"), (make_vae, "decoder")])
@pytest.mark.parametrize("chain", [make_chain(("inputs", "tanh"), (7, "tanh")), []])
def test_the_last_layer_gives_back_the_inputs(make, key, chain):
    with pytest.raises(ValidationError, match="units: inputs"):
        make(**{key: chain, "loss": "mse"})


@pytest.mark.parametrize(("make", "key"), [(make_autoencoder, "layers"), (make_vae, "decoder")])
def test_cross_entropy_needs_a_sigmoid(make, key):
    assert make(**{key: make_chain(("inputs", "sigmoid")), "loss": "bce"}).needs_unit_range
    with pytest.raises(ValidationError, match="activation: sigmoid"):
        make(**{key: make_chain(("inputs", "tanh")), "loss": "bce"})


@pytest.mark.parametrize("make", [make_autoencoder, make_vae])
def test_every_setting_is_described(make):
    described = [*type(make()).model_fields.items(), *Layer.model_fields.items()]
    assert [name for name, field in described if not field.description] == []


@pytest.mark.parametrize("make", [make_autoencoder, make_vae])
def test_settings_survive_json(make):
    settings = make(exclude_features=["m_ljet0_*"])
    assert type(settings).model_validate_json(settings.model_dump_json()) == settings


def test_the_base_is_no_network():
    with pytest.raises(TypeError, match="abstract"):
        Architecture(family="autoencoder")
