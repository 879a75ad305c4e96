"""What the report says of other seeds."""

import copy

import pytest

from rapidmass.report.formatting import UNDEFINED
from rapidmass.studies.seeds.section import describe_replicas
from synthetic_scores import SIGNALS, find_row, measure_trainings, write_and_read


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    return measure_trainings(tmp_path_factory.mktemp("seeds"))


def test_seeds_are_told_from_statistics(seeds, tmp_path):
    section = describe_replicas(tmp_path, {"ae": seeds})
    assert write_and_read(section, tmp_path).text == section.text
    assert "trained 4 times" in section.text[0]
    assert "by about 41 % with 4 trainings" in section.text[1]
    metrics, ranges, overlap = section.tables
    assert list(metrics.columns)[2:] == [
        "AUC",
        "Efficiency at 1 % of the background",
        "Efficiency at 0.1 % of the background",
        "Best Z",
    ]
    auc = seeds["signals"][SIGNALS[0]]["metrics"]["auc"]
    mean, statistical, spread = find_row(metrics, "ae", SIGNALS[0])[2].split(" ± ")
    assert float(mean) == pytest.approx(auc["mean"], abs=1e-4)
    assert float(statistical) == pytest.approx(auc["uncertainty"], rel=0.05)
    assert float(spread) == pytest.approx(auc["spread"], rel=0.1)
    low, high = find_row(ranges, "ae", SIGNALS[0])[2].split(" to ")
    assert float(low) < float(mean) < float(high)
    assert find_row(overlap, "ae")[1].endswith(" %")


def test_undefined_metrics_say_so(seeds, tmp_path):
    partly = copy.deepcopy(seeds)
    metrics = partly["signals"][SIGNALS[0]]["metrics"]
    metrics["best_z"]["values"][0] = None
    metrics["auc"].update(dict.fromkeys(("mean", "spread", "low", "high")))
    section = describe_replicas(tmp_path, {"ae": partly})
    row = find_row(section.tables[0], "ae", SIGNALS[0])
    assert row[2] == UNDEFINED
    assert row[-1].endswith("(3 of 4)")
    assert find_row(section.tables[1], "ae", SIGNALS[0])[2] == UNDEFINED
