"""What the report says of channel removal."""

import copy

import pytest

from rapidmass.report import formatting
from rapidmass.report.formatting import UNDEFINED
from rapidmass.studies.channel_removal import section as removal
from synthetic_scores import CHANNELS, FLOOR, find_row, measure_networks, write_and_read


@pytest.fixture(scope="module")
def groups(tmp_path_factory):
    return measure_networks(tmp_path_factory.mktemp("removal"))


def test_removal_compares_each_score_with_and_without(groups, tmp_path):
    section = removal.describe_removal(tmp_path, *groups, FLOOR)
    assert write_and_read(section, tmp_path).title == section.title
    channels, aucs = section.tables
    assert [row[0] for row in channels.rows] == ["Zjets", "ttbar", "triboson *", "Wjets *"]
    assert find_row(channels, "Zjets")[1] == "3,000"
    assert list(aucs.columns) == ["Channel", "ae", "ae-latent", "met"]
    (network,) = section.sections
    table = network.tables[0]
    assert len(table.rows) == 2 * len(CHANNELS)
    found = groups[0]["ae"]["ttbar"]["scorers"]["ae"]
    row = find_row(table, "ae", "ttbar")
    assert row[2].startswith(f"{found['without']['auc']:.3f}")
    assert row[4] == f"{found['without']['auc'] - found['full']['auc']:+.3f}"
    assert row[4].startswith("+0.")
    assert find_row(aucs, "ttbar")[1] == row[2]
    assert find_row(table, "ae", "Wjets *")[2:] == [UNDEFINED] * 7
    assert all(len(line) == len(table.columns) for line in table.rows)


def test_removal_names_channels_with_few_events(groups, tmp_path):
    section = removal.describe_removal(tmp_path, *groups, FLOOR)
    assert "fewer than 10 effective events" in section.text[-1]
    assert "(triboson, Wjets)" in section.text[-1]
    generous = removal.describe_removal(tmp_path, groups[0], {}, 0.0)
    text = " ".join(generous.text)
    assert "effective events" not in text
    assert "Baselines" not in text


def test_no_change_has_no_minus_sign(groups, tmp_path):
    same = copy.deepcopy(groups[0])
    for content in same["ae"].values():
        for found in content["scorers"].values():
            found["without"] = copy.deepcopy(found["full"])
            if found["full"]["auc"] is not None:
                found["without"]["auc"] -= 1e-6
    section = removal.describe_removal(tmp_path, same, {}, FLOOR)
    assert find_row(section.sections[0].tables[0], "ae", "ttbar")[4] == "+0.000"


def test_efficiencies_are_written_with_their_interval():
    found = {"efficiency": 0.1234, "low": 0.101, "high": 0.1502}
    assert formatting.write_efficiency(found) == "12.3 % (10.1 to 15.0)"
    assert formatting.write_efficiency({"efficiency": 0.5, "low": 0.4, "high": 0.6}) == (
        "50 % (40 to 60)"
    )
    assert formatting.write_efficiency(dict.fromkeys(found)) == UNDEFINED
