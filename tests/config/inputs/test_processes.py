"""Models of the generator, and the processes and samples that come with the package."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from rapidmass.config.inputs.event_filters import KeptLeptons
from rapidmass.config.inputs.generator import GeneratorSettings
from rapidmass.config.inputs.processes import Process, read_processes
from rapidmass.config.inputs.samples import Sample
from rapidmass.config.inputs.sheet import read_samples
from rapidmass.config.inputs.susy_masses import SusyMasses

CONFIG = Path(__file__).parents[3] / "config"
BACKGROUNDS = {
    "Wjets",
    "ttbar",
    "singletop",
    "topOther",
    "Zeejets",
    "Zmmjets",
    "Zttjets",
    "diboson2L",
    "diboson3L",
    "diboson4L",
    "triboson",
    "higgs",
}


@pytest.fixture(scope="module")
def processes():
    return read_processes(CONFIG / "processes.yaml")


@pytest.fixture(scope="module")
def samples():
    return {n: Sample(**row) for n, row in read_samples(CONFIG / "samples.tsv").items()}


def test_every_process_has_its_sample(processes, samples):
    simulated = {name: s for name, s in samples.items() if s.role != "data"}
    other = {n: Sample(**row) for n, row in read_samples(CONFIG / "dark-matter.tsv").items()}
    assert set(other) - set(simulated) == {"Zee_high", "Zmm_high"}  # in the place of four
    assert set(simulated) | set(other) == set(processes)
    assert all(sample.process == name for name, sample in (simulated | other).items())


def test_channels_are_complete(samples):
    channels = {s.channel for s in samples.values() if s.role == "background"}
    signals = {s.channel for s in samples.values() if s.role == "signal"}
    assert channels == BACKGROUNDS
    dark = {name for name in signals if name.startswith(("DH_", "LV_", "EFT_"))}
    demo = {"SUSY_450p300", "SUSY_800p50", "Zprime_1000", "HLL_500"}
    assert demo <= signals
    assert len(dark) == 21
    assert len(signals - dark - demo) == 16  # the gallery


@pytest.mark.parametrize("parent", ["Zee", "Zmm", "tt2l"])
def test_streams_split_a_process_without_overlap(processes, samples, parent):
    stream = f"{parent}_3l"
    assert processes[parent].cards == processes[stream].cards
    assert processes[parent].filter == processes[stream].filter
    assert processes[parent].kept_leptons == KeptLeptons(minimum=2, maximum=2)
    assert processes[stream].kept_leptons == KeptLeptons(minimum=3)
    for name in ("cross_section", "k_factor", "filter_efficiency"):
        assert getattr(samples[parent], name) == getattr(samples[stream], name)


@pytest.mark.parametrize(
    ("sample", "picobarns"),
    [("Zee", 2107), ("tt2l", 88.4), ("WZlvll", 1.68), ("SUSY_450p300", 2.42e-3), ("Wt", 7.62)],
)
def test_cross_sections_are_the_best_known_ones(samples, sample, picobarns):
    row = samples[sample]
    assert row.cross_section * row.k_factor == pytest.approx(picobarns, rel=1e-3)


def test_dataset_numbers_are_not_shared(tmp_path):
    path = tmp_path / "processes.yaml"
    path.write_text(
        "a: {cards: ['x = on'], dataset_number: 5}\nb: {cards: ['y = on'], dataset_number: 5}\n"
    )
    with pytest.raises(ValueError, match="a and b share dataset_number 5"):
        read_processes(path)


def test_unknown_keys_are_refused_by_name(tmp_path):
    path = tmp_path / "processes.yaml"
    path.write_text("a: {cards: ['x = on'], dataset_number: 5, boost: 3}\n")
    with pytest.raises(ValueError, match=r"a\.boost"):
        read_processes(path)


@pytest.mark.parametrize("change", [{"scale": 0}, {"pseudo_data_share": -1}, {"batch_size": 0}])
def test_settings_out_of_range_are_refused(change):
    with pytest.raises(ValidationError, match=next(iter(change))):
        GeneratorSettings(**change)


def test_limits_must_not_contradict_each_other():
    with pytest.raises(ValidationError, match="no event could be stored"):
        KeptLeptons(minimum=3, maximum=2)
    with pytest.raises(ValidationError, match="at least 92 GeV heavier"):
        SusyMasses(chargino=350, neutralino=300)


def test_fields_are_described():
    for model in (Process, GeneratorSettings, SusyMasses, KeptLeptons):
        assert all(field.description for field in model.model_fields.values())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cards": ["a = on"], "emission_enhancement": 3}, "knows no emission_enhancement"),
        ({"prior": {}}, "a prior has no shower of Pythia"),
    ],
)
def test_another_shower_is_of_pythia_alone(changes, message):
    with pytest.raises(ValidationError, match=message):
        Process(dataset_number=1, shower="vincia", **changes)
