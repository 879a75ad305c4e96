"""Files of arrays: the public layouts of jets, written small, and what is wrong with others."""

import h5py
import numpy as np
import pyarrow.parquet as pq
import pytest

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.search.selection import Cut
from rapidmass.datasets.shards import Sharder, write_shard
from rapidmass.ntuples.access import arrays
from rapidmass.ntuples.access.arrays import open_table
from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.provenance.yaml_files import read_yaml
from rapidmass.representations.registry import make_representation
from rapidmass.representations.tables import decode
from sources import ROOT

JETS = 500


def shard(path, name, representation, require=None):
    """Make a shard with a delivered format."""
    shown = make_representation(representation)
    sharder = Sharder(
        Source(str(path)),
        sample="s",
        part="jets",
        selection="all",
        is_data=False,
        settings=NtupleFormat.model_validate(read_yaml(ROOT / f"config/ntuples/{name}.yaml")),
        cuts=[Cut(name="all", require="met >= 0")],
        representation=shown,
        objects=dict.fromkeys(shown.objects, 1000),
        sqrt_s=13000.0,
        seed=1,
        require=require,
    )
    write_shard(sharder, path.with_suffix(".parquet"), path.with_suffix(".json"), {})
    table = pq.read_table(path.with_suffix(".parquet"))
    order = np.argsort(table["event"].to_numpy())
    return decode(table).fill()[order], table["event"].to_numpy()[order]


def draw_particles(rng):
    """Draw jets of up to 8 particles, padded with zeros: pt, eta, phi, and how many there are."""
    counts = rng.integers(1, 9, JETS)
    there = np.arange(8) < counts[:, None]
    pt, eta, phi = rng.uniform(1, 90, (JETS, 8)), *rng.uniform(-0.3, 0.3, (2, JETS, 8))
    return tuple(np.where(there, values, 0.0) for values in (pt, eta, phi)), counts


IMAGE = {"kind": "image", "pixels": 1, "width": 6.0}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_energyflow(tmp_path, monkeypatch, save):
    """Also where no more than a few entries are read at once, and where some are skipped."""
    monkeypatch.setattr(arrays, "_BYTES_AT_ONCE", 70 * 8 * 33)
    rng = np.random.default_rng(1)
    (pt, eta, phi), counts = draw_particles(rng)
    identity = rng.choice([22, 211, -321, 130, 11], (JETS, 8)) * (pt > 0)
    label = rng.integers(0, 2, JETS).astype(float)
    save(tmp_path / "jets.npz", X=np.stack([pt, eta, phi, identity], axis=2), y=label)
    channels = [["charged", ["charged", "ele", "muo"]], ["neutral", ["photon", "neutral"]]]
    x, event = shard(tmp_path / "jets.npz", "energyflow", {**IMAGE, "channels": channels}, "y == 1")
    assert event.tolist() == np.flatnonzero(label == 1).tolist()
    charged = np.isin(np.abs(identity), (211, 321, 11))
    expected = np.stack([(pt * charged).sum(1), (pt * ~charged).sum(1)], axis=1)[label == 1]
    np.testing.assert_allclose(x, expected, rtol=1e-5)
    sequence = {"kind": "sequence", "object": "particle", "length": 8,
                "features": [["eta", "particle.eta"]], "by": "particle.pt"}  # fmt: skip
    x, _ = shard(tmp_path / "jets.npz", "energyflow", sequence)
    order = np.argsort(-pt, axis=1)
    np.testing.assert_allclose(x, np.take_along_axis(eta, order, axis=1), rtol=1e-5, atol=1e-7)
    assert (np.count_nonzero(x, axis=1) == counts).all()


def test_top_tagging(tmp_path):
    (pt, eta, phi), _ = draw_particles(np.random.default_rng(2))
    label = np.random.default_rng(3).integers(0, 2, JETS)
    momenta = np.stack(
        [pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=2
    )
    kind = [("index", "i8"), ("values_block_0", "f4", (32,)), ("values_block_1", "i8", (2,))]
    table = np.zeros(JETS, kind)
    table["values_block_0"] = momenta.reshape(JETS, 32)
    table["values_block_1"] = np.stack([np.zeros(JETS), label], axis=1)
    with h5py.File(tmp_path / "jets.h5", "w") as file:
        file.create_dataset("table/table", data=table)
    x, event = shard(
        tmp_path / "jets.h5", "top_tagging", {**IMAGE, "channels": [["all", ["particle"]]]},
        "signal == 0",
    )  # fmt: skip
    assert event.tolist() == np.flatnonzero(label == 0).tolist()
    np.testing.assert_allclose(x[:, 0], pt.sum(1)[label == 0], rtol=1e-5)
    features = [["eta", "particle.eta"], ["phi", "particle.phi"]]
    sequence = {"kind": "sequence", "object": "particle", "length": 1, "features": features}
    x, _ = shard(tmp_path / "jets.h5", "top_tagging", sequence)
    hardest = np.argmax(pt, axis=1)[:, None]
    for column, values in zip(x.T, (eta, phi), strict=True):
        np.testing.assert_allclose(
            column, np.take_along_axis(values, hardest, axis=1)[:, 0], rtol=1e-4, atol=1e-5
        )


def test_images_come_back_as_they_were(tmp_path):
    rng = np.random.default_rng(4)
    image = rng.exponential(9, (JETS, 25, 25)) * (rng.random((JETS, 25, 25)) < 0.1)
    names = ("pt", "eta", "phi", "mass", "delta_R")
    with h5py.File(tmp_path / "jets.hdf5", "w") as file:
        file["image"] = image
        file["signal"] = np.ones(JETS)
        for name in (*(f"jet_{name}" for name in names), "tau_21", "tau_32"):
            file[name] = rng.uniform(1, 2, JETS)
    plain = {"kind": "image", "channels": [["all", ["pixel"]]], "pixels": 25, "width": 2.5,
             "centre": "origin", "rotate": False, "flip": False}  # fmt: skip
    x, _ = shard(tmp_path / "jets.hdf5", "lagan", plain, "signal == 1")
    # rows of an image are azimuths here
    expected = image.transpose(0, 2, 1).reshape(JETS, -1)
    np.testing.assert_allclose(x, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"X": np.zeros((5, 3, 4)), "y": np.zeros(4)}, "different numbers of entries: X 5, y 4"),
        ({"X": np.zeros((5, 3, 5)), "y": np.zeros(5)}, "cannot be cut into pt, y, phi, id"),
        ({"X": np.zeros((5, 3, 4))}, "no branch 'y'"),
        ({"X": np.asfortranarray(np.zeros((5, 3, 4)))}, "no plain array"),
        ({"X": np.array([{}] * 5)}, "no plain array"),
    ],
)
def test_other_layouts_are_refused(tmp_path, content, message):
    np.savez(tmp_path / "jets.npz", **content)
    with pytest.raises(NtupleError, match=message):
        shard(
            tmp_path / "jets.npz", "energyflow", {**IMAGE, "channels": [["all", ["charged"]]]},
            "y == 1",
        )  # fmt: skip


def test_damaged_and_other_files_are_refused(tmp_path):
    np.savez(tmp_path / "jets.npz", X=np.zeros((50, 30, 4)), y=np.zeros(50))
    content = (tmp_path / "jets.npz").read_bytes()
    (tmp_path / "short.npz").write_bytes(content[: len(content) // 2])
    (tmp_path / "text.h5").write_text("no arrays")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["jets/pt"] = np.zeros(3)
    for name, message in (
        ("short.npz", "cannot be read"),
        ("text.h5", "cannot be read"),
        ("other.h5", "no table/table in it, only jets"),
        ("absent.h5", "does not exist"),
    ):
        with (
            pytest.raises(NtupleError, match=message),
            open_table(Source(str(tmp_path / name)), ["table/table"]),
        ):
            pass
    with (
        pytest.raises(NtupleError, match="over the network"),
        open_table(Source("https://example.org/jets.h5"), ["/"]),
    ):
        pass
    size = (tmp_path / "jets.npz").stat().st_size
    with (
        pytest.raises(NtupleError, match="the sample sheet says"),
        open_table(Source(str(tmp_path / "jets.npz"), size=size + 1), ["/"]),
    ):
        pass
