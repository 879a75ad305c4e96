"""What the report says of the number of megasets."""

import pytest

from rapidmass.studies.megaset_number import section as megaset_number
from synthetic_scores import SIGNALS, find_row, measure_numbers, write_and_read


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    return measure_numbers(tmp_path_factory.mktemp("numbers"))


def test_numbers_of_megasets_are_compared(numbers, tmp_path):
    times = {"ae": {"1": 30.0, "5": 240.0, "10": None}}
    section = megaset_number.describe_megaset_number(
        tmp_path, {"ae": numbers}, times, has_spreads=False
    )
    assert len(write_and_read(section, tmp_path).sections[0].figures) == 3
    table = section.tables[0]
    # 2 epochs of 1000 events in batches of 64; of 5 x 200 events, of 10 x 100 events
    assert [row[3] for row in table.rows] == ["32", "40", "40"]
    assert [row[2] for row in table.rows] == ["2,000"] * 3
    assert [row[-1] for row in table.rows] == ["30 s", "4.0 min", "not known"]
    (network,) = section.sections
    auc = numbers["numbers"][1]["signals"][SIGNALS[1]]["auc"]
    assert find_row(network.tables[0], SIGNALS[1], "5")[2].startswith(f"{auc:.3f}")
    assert "study of other seeds is off" in section.text[-1]


def test_known_spreads_are_explained(numbers, tmp_path):
    times = {"ae": dict.fromkeys(("1", "5", "10"))}
    section = megaset_number.describe_megaset_number(
        tmp_path, {"ae": numbers}, times, has_spreads=True
    )
    assert "Bands" in section.text[-1]
    assert any("Bands" in figure.caption for figure in section.sections[0].figures)
