"""The delivered configurations of jets, and what the study of images asks for."""

import copy

import pytest

from rapidmass.config.load import load_analysis
from rapidmass.provenance.yaml_files import read_yaml
from sources import ROOT


def read(name):
    content = read_yaml(ROOT / f"config/{name}.yaml")
    for key in ("samples", "ntuple_formats", "processes"):
        content[key] = str(ROOT / content[key])
    return content


@pytest.fixture(scope="module")
def images():
    return read("jet-images")


def test_each_kind_of_jets_is_known_and_strange(images):
    analysis = load_analysis(images, origin="jet-images.yaml")
    made = {}
    for name, one in analysis.config.selections.items():
        channels = {channel for some in one.channels.values() for channel in some}
        known = {s.process for s in analysis.samples.values() if s.channel in channels}
        made[name] = known, {analysis.samples[s].process for s in one.signals}
    assert made == {
        "qcd_known": ({"qcd_jets"}, {"w_jets"}),
        "w_known": ({"w_jets"}, {"qcd_jets"}),
    }
    processes = {analysis.get_process(name) for name in analysis.samples}
    assert len({str(process.jets) for process in processes}) == 1


def test_layers_are_those_of_the_thesis(images):
    config = load_analysis(images, origin="jet-images.yaml").config
    assert config.show("image").shape == (1, 25, 25)
    widths = {
        name: [layer.units for layer in config.get_network(name).layers]
        for name in config.architectures
    }
    assert widths == {
        "ae_625": ["inputs"] * 4,
        "ae_200": [300, 200, 300, "inputs"],
        "ae_100": [300, 100, 300, "inputs"],
    }
    assert config.get_network("ae_100").optimiser.one_cycle.last_divisor == 1e5


def test_taggers_are_told_the_quarks_alone():
    config = load_analysis(read("jet-tagging"), origin="jet-tagging.yaml").config
    told = {name: one.signals for name, one in config.architectures.items()}
    assert told.pop("vae") == ()
    assert set(told.values()) == {("quark_jets", "quark_vincia")}
    assert config.architectures["convolutions"].family == "convolutional"
    assert config.studies.taggers.list_seeing(config) == ["convolutions"]


def test_an_autoencoder_compresses_27_variables_to_14():
    config = load_analysis(read("jet-tagging"), origin="jet-tagging.yaml").config
    assert config.show("many_variables").shape == (27,)
    assert config.get_network("vae").latent == 14
    assert config.studies.latent_space.list_networks(config) == ["vae"]


def test_the_study_is_of_images(images):
    content = copy.deepcopy(images)
    content["representations"]["jet"] = {"kind": "table", "features": {"pt": "jet_pt"}}
    content["architectures"]["flat"] = {
        **content["architectures"]["ae_100"],
        "representation": "jet",
    }
    config = load_analysis(content, origin="x.yaml").config
    assert config.studies.jet_images.list_networks(config) == ["ae_100", "ae_200", "ae_625"]
    content["studies"]["jet_images"]["networks"] = ["flat"]
    with pytest.raises(ValueError, match="flat gives no images back"):
        load_analysis(content, origin="x.yaml")


def test_convolutions_need_images(images):
    content = copy.deepcopy(images)
    content["representations"]["jet"] = {"kind": "table", "features": {"pt": "jet_pt"}}
    content["architectures"]["c"] = {
        "family": "convolutional",
        "representation": "jet",
        "target": {"signals": ["w_strange"]},
        "layers": [{"units": 4}],
    }
    with pytest.raises(ValueError, match="takes image, but"):
        load_analysis(content, origin="x.yaml")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"channels": [{"name": "a", "objects": ["charged"]}] * 2}, "channel a is listed twice"),
        ({"pixels": 256, "channels": [{"name": "a", "objects": ["charged"]},
                                      {"name": "b", "objects": ["photon"]}]}, "more than 65536"),
        ({"channels": [{"name": "a", "objects": ["cluster"]}]}, "cluster"),
    ],
)  # fmt: skip
def test_wrong_images_are_refused(images, changes, message):
    content = copy.deepcopy(images)
    content["representations"]["image"].update(changes)
    with pytest.raises(ValueError, match=message):
        load_analysis(content, origin="x.yaml")


def test_readers_see_the_same_tracks_in_three_orders():
    config = load_analysis(read("jet-flavours"), origin="jet-flavours.yaml").config
    shown = {name: config.show(name).layout for name in config.representations}
    assert {name: (one.by, one.shuffled) for name, one in shown.items()} == {
        "by_significance": ("abs(track.d0_significance)", False),
        "by_d0": ("abs(track.d0)", False),
        "shuffled": (None, True),
    }
    assert len({(one.object, one.length, one.features) for one in shown.values()}) == 1
    # a reference sees what networks see
    seen = {config.get_representation(name) for name in config.baselines}
    assert seen == {config.get_representation("deep_sets")} == {"by_significance"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"object": "cluster"}, "cluster"),
        ({"features": {"d0": "track.d1"}}, "has no .d1"),
        ({"features": {"d0": "jet"}}, "a number is needed"),
        ({"order": {"by": "trak.pt"}}, "did you mean 'track'"),
        ({"order": {"by": "track.pt", "shuffled": True}}, "not both"),
    ],
)
def test_wrong_sequences_are_refused(changes, message):
    content = read("jet-flavours")
    content["representations"]["by_d0"] = {**content["representations"]["by_d0"], **changes}
    with pytest.raises(ValueError, match=message):
        load_analysis(content, origin="x.yaml")


def test_readers_need_sequences():
    content = read("jet-flavours")
    content["representations"]["jet"] = {"kind": "table", "features": {"pt": "jet_pt"}}
    content["architectures"]["gru"] = {**content["architectures"]["gru"], "representation": "jet"}
    with pytest.raises(ValueError, match="takes sequence, but"):
        load_analysis(content, origin="x.yaml")
