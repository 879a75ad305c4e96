"""The delivered configuration loads; every mistake is named, with the nearest right word."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from rapidmass.config.load import ConfigError, load_analysis, read_format

ROOT = Path(__file__).parents[2]


@pytest.fixture
def content():
    content = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    for key in ("samples", "ntuple_formats", "processes"):
        content[key] = str(ROOT / content[key])
    return content


def edit_samples(content, tmp_path, change):
    text = Path(content["samples"]).read_text()
    edited = change(text)
    assert edited != text
    content["samples"] = str(tmp_path / "samples.tsv")
    Path(content["samples"]).write_text(edited)
    return content


def test_the_delivered_configuration_is_valid(content):
    analysis = load_analysis(content)
    assert set(analysis.config.selections) == {"3lep", "2lep"}
    backgrounds = analysis.list_backgrounds("2lep")
    assert backgrounds["ttbar"] == ["tt2l", "tt2l_3l", "tt1lp", "tt1lm"]
    assert {"WZlvll", "ZZ4l", "WWlvlv"} <= set(backgrounds["diboson"])
    assert analysis.config.luminosity == pytest.approx(36207.65 + 44307.4 + 58450.1)


@pytest.mark.parametrize("name", ["thesis", "atlas_open_data_2020"])
def test_the_delivered_formats_are_valid(name):
    settings = read_format(ROOT / "config/ntuples" / f"{name}.yaml")
    assert {"ljet", "bjet", "ele", "muo", "ele_baseline"} <= set(settings.objects)


def put(content, path, value):
    *parents, last = path.split(".")
    block = content
    for key in parents:
        block = block[int(key) if key.isdigit() else key]
    block[last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("sed", 1, "sed: unknown key; did you mean 'seed'?"),
        ("megasets.numer", 3, "megasets.numer: unknown key; did you mean 'number'?"),
        (
            "architectures.vae_deep.optimiser.learing_rate", 0.1,
            "learing_rate: unknown key; did you mean 'learning_rate'?",
        ),
        ("architectures.ae_deep.latent", 3, "latent: unknown key; did you mean"),
        ("architectures.ae_deep.family", "gan", "'autoencoder', 'vae'"),
        ("selections.3lep.cuts.0.requires", "x", "requires: unknown key; did you mean 'require'?"),
        ("scan.score_quantiles", [1.5], "scan.score_quantiles.0: Input should be less than 1"),
        ("scan.met.step", 17, "axis from 0 to 600 is no whole number of 17"),
        ("rmm.convention", "thesi", "rmm.convention: Input should be 'thesis' or 'reference'"),
        ("rmm.types", {"tau": 2}, "object of the format thesis 'tau' does not exist"),
        ("split.test_fraction", 0, "split.test_fraction"),
        ("selections.3lep.signals", ["SUSY_450p30"], "did you mean 'SUSY_450p300'?"),
        ("selections.3lep.signals", ["ttW"], "signal sample 'ttW' does not exist"),
        ("selections.2lep.channels", {"top": ["tbar"]}, "background channel 'tbar' does not exist"),
        ("selections.2lep.data", ["data"], "data sample 'data' does not exist"),
        (
            "selections.2lep.channels", {"a": ["ttbar"], "b": ["ttbar"]},
            "channel ttbar is in two channels",
        ),
        ("campaigns", {"run3": {"luminosity": 1}}, "campaign 'run2' does not exist"),
        ("selections.3lep.cuts.0.require", "trigger &", "cannot be parsed"),
        ("selections.3lep.cuts.0.require", "n_elle > 2", "name 'n_elle' does not exist; did you"),
        ("selections.3lep.signals", ["SUSY_450p300"] * 2, "SUSY_450p300 is listed twice"),
        ("selections.3lep.channels", {"top": []}, "channel top is made of no channel"),
        ("architectures.ae_deep.exclude_cells", ["m_x*"], "'m_x*' matches no cell"),
        ("scaling.clip", False, "vae_shallow ends in a sigmoid: it needs scaling"),
        ("rmm.types", {"ljet": 0}, "ljet has 0 slots"),
        ("generator.pseudo_data_leptons", {"data3": 3}, "did you mean 'data_3lep'?"),
        ("campaigns.run2.luminosity", float("inf"), "campaigns.run2.luminosity"),
        ("selections.3lep.data", ["data_2lep", "data_2lep"], "data_2lep is listed twice"),
        ("samples", "nowhere.tsv", "there is no sample sheet nowhere.tsv"),
        ("processes", "nowhere.yaml", "there is no file nowhere.yaml"),
        ("ntuple_formats", "nowhere", "there is no ntuple format nowhere/thesis.yaml"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(content, path, value, message):
    put(content, path, value)
    with pytest.raises(ConfigError) as error:
        load_analysis(content)
    assert message in str(error.value)


def test_several_mistakes_are_told_together(content):
    changed = deepcopy(content)
    put(changed, "sed", 1)
    put(changed, "split.test_fraction", 2)
    with pytest.raises(ConfigError) as error:
        load_analysis(changed, "my.yaml")
    assert str(error.value).startswith("my.yaml is not valid:")
    assert len(str(error.value).splitlines()) == 3


ROW = "\nXX\tttbar\tbackground\tthesis\t\ttt2l\t10\trun2\t1.0\t1\t1\t{weights}\t\n"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t + t.splitlines()[1] + "\n", "Wlnu is listed twice"),
        (lambda t: t.replace("\tWlnu\t", "\tWlnv\t"), "process 'Wlnv' does not exist; did you"),
        (lambda t: t.replace("\tthesis\t", "\tthesys\t", 1), "no ntuple format"),
        (lambda t: t.replace("k_factor", "kfactor"), "kfactor: unknown key; did you mean 'k_fac"),
        (lambda t: t + ROW.format(weights="0"), "sum of weights 0: must be positive"),
        (lambda t: t + ROW.format(weights="-12.5"), "sum of weights -12.5: must be positive"),
        (lambda t: t + ROW.format(weights=""), "needs a cross section and a sum of weights"),
        (lambda t: t + ROW.format(weights="sum:only"), "'sum:only' is neither a number, nor"),
        (lambda t: t + ROW.format(weights="3") + "\tx\ty", "without a name"),
        (
            lambda t: t.replace("run2\t\t\t\t\t1.3", "run2\t\t\t\t\t").replace(
                "data_3lep\t", "data_2lep_b\t"
            ),
            "data sample 'data_3lep' does not exist",
        ),
        (lambda t: t.replace("\tWlnu\t", "\t\t"), "Wlnu needs either files or a process"),
        (lambda t: t.replace("background", "backgruond", 1), "'background', 'signal' or 'data'"),
    ],
)
def test_a_mistake_in_the_sample_sheet_is_named(content, tmp_path, change, message):
    with pytest.raises(ConfigError) as error:
        load_analysis(edit_samples(content, tmp_path, change))
    assert message in str(error.value)


def test_a_number_as_sum_of_weights_is_a_number(content, tmp_path):
    edited = edit_samples(content, tmp_path, lambda t: t + ROW.format(weights="1.5e6"))
    assert load_analysis(edited).samples["XX"].sum_of_weights == 1.5e6
