"""Pseudo-data drawn from real samples."""

import logging

import awkward as ak
import numpy as np
import pytest

from rapidmass.generator.ntuple import WEIGHT_BRANCHES, read_bookkeeping, read_events
from rapidmass.generator.pseudodata import PseudoDataSource, count_signal_leptons, draw_pseudo_data


@pytest.fixture(scope="module")
def sources(zee, processes, make_sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    make_sample(processes["WZlvll"], folder / "WZ.root", events=300, sample="WZ")
    make_sample(processes["Zmm_3l"], folder / "Zmm.root", events=200, sample="Zmm")
    return [
        PseudoDataSource("Zee", zee[0], 2107.0),
        PseudoDataSource("WZ", folder / "WZ.root", 1.68),
        PseudoDataSource("Zmm", folder / "Zmm.root", 2107.0),
    ]


def expect(source, luminosity):
    columns = read_events(source.path, source.sample)
    weights = columns["genWeight"] * columns["eventWeight"]
    tried = read_bookkeeping(source.path)["sumOfWeights"]
    return weights.sum() * source.cross_section * luminosity / tried


def find_means(source, luminosity):
    columns = read_events(source.path, source.sample)
    weights = columns["genWeight"] * columns["eventWeight"]
    tried = read_bookkeeping(source.path)["sumOfWeights"]
    return weights * source.cross_section * luminosity / tried


def test_yields_are_those_of_the_weights_and_what_is_lost_is_known(sources, tmp_path):
    """At this luminosity a Z event stands for more than one, others for a part of one."""
    luminosity, seeds = 1.5, range(6)
    heavy = [PseudoDataSource("WZ", sources[1].path, 2e4), *sources[:1], *sources[2:]]
    drawn = dict.fromkeys(("Zee", "WZ", "Zmm"), 0)
    for seed in seeds:
        output = tmp_path / "data.root"
        result = draw_pseudo_data(
            heavy, sample="data", luminosity=luminosity, seed=seed, output=output
        )
        assert result["events"] == sum(result["drawn"].values())
        for name, number in result["drawn"].items():
            drawn[name] += number
    variance = total = 0
    for source in heavy:
        means = find_means(source, luminosity)
        certain = np.minimum(means, 1)
        assert result["expected"][source.sample] == pytest.approx(means.sum())
        assert result["lost"][source.sample] == pytest.approx((means - certain).sum())
        spread = np.sqrt(len(seeds) * np.sum(certain * (1 - certain)))
        mean = len(seeds) * certain.sum()
        assert drawn[source.sample] == pytest.approx(mean, abs=4 * spread + 1e-6)
        variance, total = variance + np.sum(certain * (1 - certain)), total + certain.sum()
    assert result["variance_ratio"] == pytest.approx(variance / total)
    assert result["lost"]["WZ"] > 0.1 * result["expected"]["WZ"]
    assert 0 < result["variance_ratio"] < 1


@pytest.mark.parametrize("luminosity", [0.4, 30])
def test_no_event_is_drawn_twice(sources, tmp_path, luminosity):
    output = tmp_path / "data.root"
    draw_pseudo_data(sources, sample="data", luminosity=luminosity, seed=1, output=output)
    columns = read_events(output, "data")
    keys = list(zip(columns["met_Et"].tolist(), columns["met_Phi"].tolist(), strict=True))
    assert len(keys) == len(set(keys)) > 20


def test_data_look_like_data(sources, tmp_path):
    output = tmp_path / "data.root"
    result = draw_pseudo_data(sources, sample="data_2lep", luminosity=0.4, seed=3, output=output)
    columns = read_events(output, "data_2lep")
    assert columns["EventNumber"].tolist() == list(range(1, result["events"] + 1))
    for name in WEIGHT_BRANCHES:
        assert np.all(columns[name] == 1)
    assert np.array_equal(columns["RunNumber"], columns["RandomRunNumber"])
    assert np.all(columns["bornMass"] == 0)
    assert np.all(columns["DatasetNumber"] == 0)
    # every event is one of a source
    known = {met for s in sources for met in read_events(s.path, s.sample)["met_Et"].tolist()}
    assert set(columns["met_Et"].tolist()) <= known


def test_order_of_the_sources_does_not_matter(sources, tmp_path):
    contents = []
    for name, order in (("a", sources), ("b", sources[::-1])):
        output = tmp_path / f"{name}.root"
        draw_pseudo_data(order, sample="data", luminosity=0.4, seed=3, output=output)
        columns = read_events(output, "data")
        contents.append({key: ak.to_list(values) for key, values in columns.items()})
    assert contents[0] == contents[1]


def test_events_are_shuffled_and_depend_on_the_seed(sources, tmp_path):
    met = []
    for seed in (1, 2):
        output = tmp_path / f"{seed}.root"
        draw_pseudo_data(sources[:1], sample="data", luminosity=0.4, seed=seed, output=output)
        met.append(read_events(output, "data")["met_Et"].tolist())
    source = read_events(sources[0].path, "Zee")["met_Et"].tolist()
    places = [source.index(value) for value in met[0]]
    assert places != sorted(places)
    assert met[0] != met[1]


def test_files_of_a_sample_share_its_cross_section(zee, processes, make_sample, tmp_path):
    second = tmp_path / "Zee_2.root"
    make_sample(processes["Zee"], second, events=400, seed=7, first=9001)
    files = [PseudoDataSource("Zee", path, 2107.0) for path in (zee[0], second)]
    result = draw_pseudo_data(
        files, sample="data", luminosity=0.5, seed=1, output=tmp_path / "data.root"
    )
    tried = sum(read_bookkeeping(file.path)["sumOfWeights"] for file in files)
    stored = sum(read_bookkeeping(file.path)["stored"] for file in files)
    assert result["expected"]["Zee"] == pytest.approx(stored * 2107 * 0.5 / tried)


def test_skim_keeps_events_with_enough_signal_leptons(sources, tmp_path):
    output = tmp_path / "data.root"
    result = draw_pseudo_data(
        sources, sample="data", luminosity=300, seed=1, output=output, min_signal_leptons=3
    )
    leptons = read_events(output, "data")["lep"]
    assert result["events"] > 20
    assert result["drawn"]["Zee"] == 0
    assert count_signal_leptons(leptons).min() >= 3


def test_great_loss_is_warned_about(sources, tmp_path, caplog):
    output = tmp_path / "data.root"
    with caplog.at_level(logging.WARNING):
        few = draw_pseudo_data(sources, sample="data", luminosity=0.05, seed=1, output=output)
        assert not caplog.records
        assert sum(few["lost"].values()) == 0
        draw_pseudo_data(sources, sample="data", luminosity=30, seed=1, output=output)
    assert "expected events are lost, since no event enters twice" in caplog.text


def test_bad_requests_are_refused(sources, tmp_path):
    output = tmp_path / "data.root"
    with pytest.raises(ValueError, match="no sources"):
        draw_pseudo_data([], sample="data", luminosity=1, seed=1, output=output)
    with pytest.raises(ValueError, match="luminosity 0 must be positive"):
        draw_pseudo_data(sources, sample="data", luminosity=0, seed=1, output=output)
    wrong = PseudoDataSource("Zxx", sources[0].path, 1.0)
    with pytest.raises(ValueError, match="no tree Zxx_NoSys"):
        draw_pseudo_data([wrong], sample="data", luminosity=1, seed=1, output=output)
    other = PseudoDataSource("Zee", sources[1].path, 1.0)
    with pytest.raises(ValueError, match="different cross sections"):
        draw_pseudo_data([sources[0], other], sample="data", luminosity=1, seed=1, output=output)
    assert not output.exists()
