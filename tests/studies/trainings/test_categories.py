"""One training a category, on Gaussians in two directions."""

from statistics import NormalDist

import numpy as np
import pytest

from labelled_events import (
    FRACTION,
    SELECTION,
    draw_gaussians,
    fit,
    make_trees,
    write_sample,
)
from rapidmass.config.search.scan import ScanSettings
from rapidmass.datasets.folds import Fold
from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.scores.unseen_trees import TreeMaterial
from rapidmass.studies.trainings.categories import compare_categories
from rapidmass.studies.trainings.draw import draw_section
from rapidmass.studies.trainings.transfer import Category
from synthetic_scores import FRAME, write_and_read

SCAN = {"met": {"start": 0, "stop": 200, "step": 50}, "score_quantiles": [0.9]}
DIRECTIONS = {"near": (0, 1.0), "far": (0, 2.0), "across": (1, 2.0)}


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("categories")
    rng = np.random.default_rng(5)

    def write(name, n, axis, shift, weight):
        x = draw_gaussians(n, 0.0, seed=len(name))
        x[:, axis] += shift
        met = rng.exponential(40, n)
        return write_sample(
            folder / f"{name}.parquet", x, weight, name, more={"met": met.astype(np.float32)}
        )

    megaset = write("background", 3000, 0, 0.0, 1.0)
    samples = {name: write(name, 1500, *place, 0.01) for name, place in DIRECTIONS.items()}
    material = TreeMaterial(
        [megaset], samples, [fit([megaset], Fold(k, 2)) for k in range(2)], make_trees(),
        SELECTION, FRACTION, 1, 1, "test", variables=["met"],
    )  # fmt: skip
    categories = [
        Category({"axis": "x"}, ("near", "far")),
        Category({"axis": "y"}, ("across",)),
    ]
    scan = ScanSettings.model_validate(SCAN)
    return compare_categories(
        material, categories, list(samples), scan, channels=["background"], folder=folder
    )


def find_auc(compared, name):
    (row,) = [row for row in compared["rows"] if row["name"] == name]
    return {signal: cell["auc"] for signal, cell in row["cells"].items()}


def test_trainings_find_their_own_axis_and_nothing_of_the_other(compared):
    """The likelihood ratio of Gaussians d apart has the AUC Phi(d / sqrt(2))."""
    names = [row["name"] for row in compared["rows"]]
    assert names == ["x", "y", "near alone", "far alone", "stacking", "largest quantile"]
    assert compared["own"] == {"near": "near alone", "far": "far alone", "across": "y"}
    best = NormalDist().cdf(2 / 2**0.5)
    assert find_auc(compared, "y")["across"] == pytest.approx(best, abs=0.03)
    assert find_auc(compared, "x")["far"] == pytest.approx(best, abs=0.03)
    assert find_auc(compared, "y")["far"] == pytest.approx(0.5, abs=0.05)


def test_what_differs_says_what_is_lost(compared):
    same, other = compared["transfer"]
    assert (same["difference"], same["pairs"]) == ("same category", 2)
    assert (other["difference"], other["pairs"]) == ("axis", 3)
    assert same["auc_loss"]["median"] < 0.03 < 0.2 < other["auc_loss"]["median"]
    assert other["significance"]["median"] < 0.7 < same["significance"]["median"]


def test_together_they_find_all_signals(compared):
    assert min(find_auc(compared, "stacking").values()) > 0.7
    stacking, _ = compared["together"]
    assert stacking["auc_loss"]["median"] < 0.1
    # two independent directions
    assert 1.5 < compared["trials"][0]["number"] < 2.3


def test_the_section_tells_it(compared, tmp_path):
    write_json(tmp_path / "categories.json", compared)
    frame = {
        "plots": FRAME.plots.model_dump(mode="json"), "selection": "lep", "luminosity": 1.0,
        "channels": ["background"], "signals": compared["signals"], "sqrt_s": 13000.0,
    }  # fmt: skip
    paths = {name: [tmp_path / "categories.json"] for name in ("trainings", "categories")}
    section = draw_section(tmp_path, {"frame": frame}, paths)
    assert write_and_read(section, tmp_path).text == section.text
    text = " ".join(section.text)
    assert "2 categories of signals, which differ in axis, have one training each" in text
    assert "Where they differ in axis, the AUC is lower than that of the own training by" in text
    assert "of these differences axis costs most" in text
    assert "The stacking of all 2 loses" in text
    table = section.tables[1]
    assert [row[1] for row in table.rows] == ["2", "3", "3", "3"]
    drawn = read_json(tmp_path / "categories_auc.json")
    assert drawn["scores"][0] == "x"
    assert all(figure.path.is_file() for figure in section.figures)
