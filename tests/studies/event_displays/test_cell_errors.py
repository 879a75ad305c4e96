import numpy as np
import onnx
import pyarrow as pa
import pytest

from rapidmass.models.export.onnx_model import Model
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.tables import decode
from rapidmass.studies.event_displays.cell_errors import explain_losses, rank_cells
from synthetic_megasets import make_events, write_events


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("explanation")


@pytest.fixture(scope="module")
def tables():
    signal = make_events(200, seed=9, hardness=4)
    for name in ("generator_weight", "scale_factor"):
        signal = signal.append_column(name, signal["weight"])
    names = pa.array(["harder", "same"] * 100)
    return {
        "test": [make_events(300, seed=k, sample=f"s{k}") for k in range(2)],
        "signal": signal,
        "altered": make_events(200, seed=5, hardness=2).append_column("alteration", names),
    }


@pytest.fixture(scope="module")
def explanation(folder, model, tables):
    test = [write_events(folder / f"{k}.parquet", t) for k, t in enumerate(tables["test"])]
    paths = {
        name: write_events(folder / f"{name}.parquet", tables[name])
        for name in tables
        if name != "test"
    }
    signals = {"SUSY": [paths["signal"]], "none": []}
    return explain_losses(model, test, signals, paths["altered"], threads=1)


def average(model, tables, weights):
    network = Model(model, 1)
    errors = [network.run(table, ["cell_errors"])["cell_errors"] for table in tables]
    filled = [~np.isnan(decode(t).fill(padding=np.nan)) for t in tables]
    return (
        np.average(np.concatenate(errors), axis=0, weights=weights),
        np.average(np.concatenate(filled)[:, network.features], axis=0, weights=weights),
    )


def test_means_are_those_of_the_weighted_events(model, tables, explanation):
    altered = tables["altered"]
    harder = altered.filter(pa.compute.equal(altered["alteration"], "harder"))
    for found, some, power in (
        (explanation["background"], tables["test"], 1),
        (explanation["signals"]["SUSY"], [tables["signal"]], 2),
        (explanation["altered"]["harder"], [harder], 1),
    ):
        weights = np.concatenate([t["weight"].to_numpy() for t in some]) ** power
        mean, present = average(model, some, weights)
        assert found["events"] == len(weights)
        np.testing.assert_allclose(found["mean"], mean, rtol=1e-5)
        np.testing.assert_allclose(found["present"], present, rtol=1e-5)
    assert explanation["signals"]["none"]["mean"][0] is None
    assert set(explanation["altered"]) == {"harder", "same"}


def test_cells_are_those_that_the_network_sees(explanation):
    names = Layout(**explanation["layout"]).cell_names
    seen = [names[cell] for cell in explanation["cells"]]
    assert "met" in seen
    assert not any(name.startswith("h_") for name in seen)
    assert len(explanation["background"]["mean"]) == len(seen)


def test_cells_are_ranked_by_their_part_in_the_excess(explanation):
    signal, background = explanation["signals"]["SUSY"], explanation["background"]
    ranked = rank_cells(signal, background, 1000)
    excess = np.array(signal["mean"]) - np.array(background["mean"])
    assert sum(share for _, share in ranked) == pytest.approx(1)
    assert [place for place, _ in ranked] == np.argsort(-excess, kind="stable").tolist()
    assert rank_cells(signal, background, 3) == ranked[:3]


def test_without_an_excess_no_cell_is_ranked(explanation):
    background = explanation["background"]
    assert rank_cells(background, background, 5) == []
    assert rank_cells(explanation["signals"]["none"], background, 5) == []
    assert rank_cells(background, explanation["signals"]["SUSY"], 5) == []


def test_networks_without_errors_of_cells_explain_nothing(folder, model):
    path = folder / "0.parquet"
    content = onnx.load(model)
    kept = [output for output in content.graph.output if output.name != "cell_errors"]
    del content.graph.output[:]
    content.graph.output.extend(kept)
    onnx.save(content, folder / "silent.onnx")
    assert explain_losses(folder / "silent.onnx", [path], {}, None, threads=1)["cells"] is None


def test_an_error_that_is_not_finite_names_file_and_event(folder, model, tables):
    content = onnx.load(model)
    for node in content.graph.node:
        names = ["finite" if name == "cell_errors" else name for name in node.output]
        del node.output[:]
        node.output.extend(names)
    difference = onnx.helper.make_node("Sub", ["finite", "finite"], ["zero"])
    infinite = onnx.helper.make_node("Log", ["zero"], ["cell_errors"])
    content.graph.node.extend([difference, infinite])
    onnx.save(content, folder / "broken.onnx")
    key = tables["test"][0]["key"][0].as_py()
    with pytest.raises(ValueError, match=rf"0\.parquet: an error of event {key} is not finite"):
        explain_losses(folder / "broken.onnx", [folder / "0.parquet"], {}, None, threads=1)
