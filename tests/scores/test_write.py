import json
import subprocess
import sys

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from example_networks import make_chain, make_vae, reconstruct
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.training.train import train
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.tables import decode
from rapidmass.scores.write import NetworkScorer, name_column, write_scores
from synthetic_megasets import LAYOUT, make_events, mark, write_events


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("scoring")


@pytest.fixture(scope="module")
def table():
    return make_events(2500, seed=3, hardness=2)


@pytest.fixture(scope="module")
def source(folder, table):
    return write_events(folder / "source.parquet", table, pieces=3)


@pytest.fixture(scope="module")
def trained(folder):
    megaset = write_events(folder / "megaset.parquet", make_events(2000))
    return train(
        [megaset],
        fit_scaler([megaset], ScalingSettings(), validation_fraction=0.2),
        make_vae(exclude_features=["h_*"]),
        settings=TrainingSettings(),
        seed=1,
        validation_fraction=0.2,
        checkpoint=folder / "c.pt",
        name="vae",
        selection="lep",
        code="c0de",
    )


@pytest.fixture(scope="module")
def model(folder, trained):
    export_onnx(trained, folder / "model.onnx", provenance={})
    return folder / "model.onnx"


def score(model, sources, output, scores=("error",), **changes):
    scorer = NetworkScorer(model, scores, threads=1)
    write_scores(scorer, sources, output, **{"provenance": {}, **changes})
    return pq.read_table(output)


def test_scores_are_the_logarithm_of_the_squared_error(trained, table, model, source, tmp_path):
    found = score(model, [source], tmp_path / "s.parquet")
    x = trained.scaler.transform(decode(table), trained.features)
    with torch.no_grad():
        y = reconstruct(trained.network, torch.from_numpy(x)).numpy().astype(float)
    expected = np.log10(((y - x) ** 2).sum(axis=1))
    np.testing.assert_allclose(found.column("score").to_numpy(), expected, rtol=1e-5, atol=1e-5)
    assert found.schema.field("score").type == pa.float32()


def test_every_other_column_comes_along(table, model, source, tmp_path):
    found = score(model, [source], tmp_path / "s.parquet")
    matrix = ["rmm", *(f"n_{name}" for name in LAYOUT.types)]
    expected = table.drop_columns(matrix).replace_schema_metadata()
    assert found.drop_columns("score").replace_schema_metadata().equals(expected)
    assert found.column_names[-1] == "score"


def test_the_score_of_an_event_knows_nothing_of_others(table, model, source, tmp_path):
    """Signals and backgrounds meet the same scaler: it is in the model, fitted once."""
    whole = score(model, [source], tmp_path / "s.parquet").column("score").to_numpy()
    some = write_events(tmp_path / "some.parquet", table.slice(1000, 37))
    found = score(model, [some], tmp_path / "o.parquet").column("score").to_numpy()
    np.testing.assert_allclose(found, whole[1000:1037], rtol=1e-5, atol=1e-5)


def test_several_sources_follow_each_other(table, model, tmp_path):
    parts = [
        write_events(tmp_path / f"{i}.parquet", table.slice(start, length))
        for i, (start, length) in enumerate(((2000, 500), (0, 0), (0, 2000)))
    ]
    found = score(model, parts, tmp_path / "s.parquet")
    keys = table.column("key").to_numpy()
    assert np.array_equal(
        found.column("key").to_numpy(), np.concatenate([keys[2000:], keys[:2000]])
    )


def test_no_rows_keep_the_schema(model, source, tmp_path):
    empty = write_events(tmp_path / "e.parquet", make_events(0))
    found = score(model, [empty], tmp_path / "s.parquet")
    assert found.num_rows == 0
    assert found.schema == score(model, [source], tmp_path / "t.parquet").schema


def test_columns_of_signals_come_along(table, model, tmp_path):
    """Shards of signals have no weight yet, but what makes it."""
    signal = table.drop_columns(["sample", "channel", "weight"])
    signal = signal.append_column("generator_weight", pa.array(np.ones(len(table))))
    signal = signal.append_column("event", pa.array(np.arange(len(table), dtype=np.uint64)))
    path = write_events(tmp_path / "signal.parquet", signal)
    found = score(model, [path], tmp_path / "s.parquet")
    assert {"generator_weight", "event", "key", "score"} <= set(found.column_names)
    other = write_events(tmp_path / "other.parquet", table)
    with pytest.raises(ValueError, match=r"other\.parquet has other columns than .*signal"):
        score(model, [path, other], tmp_path / "t.parquet")


def test_an_event_in_two_shards_is_refused(table, model, tmp_path):
    """Shards of signals and data are never merged: here they meet."""
    numbers = np.arange(len(table), dtype=np.uint64)
    signal = table.drop_columns(["sample", "channel", "weight"])
    signal = signal.append_column("run", pa.array(np.ones(len(table), np.int64)))
    signal = signal.append_column("event", pa.array(numbers))
    paths = [
        write_events(tmp_path / f"{name}.parquet", signal.slice(start, length))
        for name, start, length in (("a", 0, 1000), ("b", 1000, 500), ("c", 1499, 700))
    ]
    assert score(model, paths[:2], tmp_path / "s.parquet").num_rows == 1500
    with pytest.raises(ValueError, match=r"run 1, event 1499 is in .*b\.parquet and in .*c\."):
        score(model, paths, tmp_path / "t.parquet")
    assert not (tmp_path / "t.parquet").exists()


def test_the_provenance_is_in_the_file(model, source, tmp_path):
    provenance = {"settings": {"seed": 1}, "inputs": ["a", "b"]}
    found = score(model, [source], tmp_path / "s.parquet", provenance=provenance)
    assert json.loads(found.schema.metadata[b"rapidmass.provenance.requests"]) == provenance
    assert b"rapidmass.layout" not in found.schema.metadata


def test_same_input_same_bytes(model, source, tmp_path):
    for name in ("a", "b"):
        score(model, [source], tmp_path / f"{name}.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


@pytest.mark.parametrize("types", [{"ele": 2}, {"ele": 2, "ljet": 2, "muo": 1}])
def test_matrices_of_another_layout_are_refused(model, tmp_path, types):
    path = write_events(tmp_path / "o.parquet", make_events(5, layout=Layout(types=types)))
    with pytest.raises(ValueError, match=r"o\.parquet holds events as"):
        score(model, [path], tmp_path / "s.parquet")
    assert not (tmp_path / "s.parquet").exists()


def select(table, selection):
    return table.replace_schema_metadata(
        {**table.schema.metadata, b"rapidmass.selection": selection.encode()}
    )


def test_events_of_another_selection_are_refused(table, model, source, tmp_path):
    """Their layout may be the same; their scaler and network are not."""
    other = write_events(tmp_path / "other.parquet", select(table, "3lep"))
    for sources in ([other], [source, other]):
        with pytest.raises(
            ValueError,
            match=r"other\.parquet holds events of the selection 3lep, but .*model\.onnx was "
            "trained on lep: score them with a network of 3lep",
        ):
            score(model, sources, tmp_path / "s.parquet")
    assert not (tmp_path / "s.parquet").exists()
    own = write_events(tmp_path / "own.parquet", select(table, "lep"))
    assert score(model, [own], tmp_path / "s.parquet").num_rows == table.num_rows


def test_scores_that_are_not_finite_name_file_and_event(table, model, tmp_path):
    lists = table.column("rmm").combine_chunks()
    values = lists.flatten().to_numpy().copy()
    values[lists.offsets[1234].as_py()] = np.nan
    cells = pa.ListArray.from_arrays(lists.offsets, pa.array(values), type=lists.type)
    index = table.schema.get_field_index("rmm")
    broken = table.set_column(index, table.schema.field("rmm"), cells)
    path = write_events(tmp_path / "broken.parquet", broken)
    key = table.column("key")[1234].as_py()
    with pytest.raises(ValueError, match=rf"broken\.parquet: an element of event {key} is nan"):
        score(model, [path], tmp_path / "s.parquet")
    assert list(tmp_path.iterdir()) == [path]


def test_a_perfect_reconstruction_has_a_finite_score(source, tmp_path):
    """A network of one identity layer gives back exactly what it gets."""
    scaler = fit_scaler([source], ScalingSettings(), validation_fraction=0)
    identity = make_vae(
        encoder=[],
        latent=LAYOUT.n_cells,
        decoder=make_chain(("inputs", "linear")),
        loss="mse",
    )
    perfect = train(
        [source],
        scaler,
        identity,
        settings=TrainingSettings(),
        seed=1,
        validation_fraction=0.0,
        checkpoint=tmp_path / "c.pt",
        name="identity",
        selection="lep",
        code="c0de",
    )
    with torch.no_grad():
        for module in (perfect.network.mean, perfect.network.decoder[0]):
            module.weight.copy_(torch.eye(LAYOUT.n_cells))
            module.bias.zero_()
    export_onnx(perfect, tmp_path / "identity.onnx", provenance={})
    found = score(tmp_path / "identity.onnx", [source], tmp_path / "s.parquet")
    np.testing.assert_allclose(found.column("score").to_numpy(), -37.93, atol=0.01)


def test_what_is_no_model_is_refused(model, source, tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    with pytest.raises(ValueError, match=r"broken\.onnx is no ONNX model"):
        score(broken, [source], tmp_path / "s.parquet")
    bare = onnx.load(model)
    del bare.metadata_props[:]
    onnx.save(bare, tmp_path / "bare.onnx")
    with pytest.raises(ValueError, match=r"bare\.onnx does not say which events"):
        score(tmp_path / "bare.onnx", [source], tmp_path / "s.parquet")
    with pytest.raises(ValueError, match="no file to score"):
        score(model, [], tmp_path / "s.parquet")


def test_scoring_needs_no_torch():
    modules = "rapidmass.scores.write, rapidmass.models.inputs.loader"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_each_score_that_is_asked_for_is_a_column(trained, table, model, source, tmp_path):
    scores = ("error", "mean_error", "radius")
    assert [name_column(scores, s) for s in scores] == ["score", "score_mean_error", "score_radius"]
    found = score(model, [source], tmp_path / "s.parquet", scores)
    assert found.column_names[-3:] == ["score", "score_mean_error", "score_radius"]
    matrices = decode(table)
    x = torch.from_numpy(trained.scaler.transform(matrices, trained.features))
    present = torch.from_numpy(mark(matrices, trained.features))
    with torch.no_grad():
        expected = trained.network.describe_events(x, present)
    for name in scores:
        np.testing.assert_allclose(
            found.column(name_column(scores, name)).to_numpy(),
            expected[f"score_{name}"].numpy(),
            rtol=1e-4,
            atol=1e-5,
        )
    other = score(model, [source], tmp_path / "o.parquet", ("radius",))
    assert other.column("score").equals(found.column("score_radius"))
    assert "score_radius" not in other.column_names


def test_a_score_that_the_network_cannot_give_is_refused(model, source, tmp_path):
    with pytest.raises(ValueError, match=r"no output 'score_logit'; it has .*score_radius"):
        score(model, [source], tmp_path / "s.parquet", ("logit",))
    assert list(tmp_path.iterdir()) == []


def test_blinded_events_are_not_written(model, source, tmp_path):
    whole = score(model, [source], tmp_path / "s.parquet", ("error", "radius"))
    limits = {
        name: float(np.quantile(whole.column(name).to_numpy(), 0.7))
        for name in ("score", "score_radius")
    }
    some = score(model, [source], tmp_path / "b.parquet", ("error", "radius"), blind_above=limits)
    kept = np.ones(len(whole), bool)
    for name, limit in limits.items():
        kept &= whole.column(name).to_numpy() <= limit
    assert 0 < kept.sum() < 0.7 * len(whole)
    assert some.equals(whole.filter(pa.array(kept)))
