"""The delivered configuration loads; every mistake is named, with the nearest right word."""

import json
from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rapidmass.config.load import ConfigError, load_analysis, read_format

ROOT = Path(__file__).parents[2]

MATRIX = "representations.rmm"


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
    assert backgrounds["ttbar"] == ["tt1lm", "tt1lp", "tt2l", "tt2l_3l"]
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
        ("architectures.ae_deep.latent", 3, "  architectures.ae_deep.latent: unknown key; did you"),
        ("architectures.ae_deep.layers", [], "  architectures.ae_deep: the last layer of"),
        ("architectures.ae_deep.family", "gan", "'autoencoder', 'vae'"),
        ("selections.3lep.cuts.0.requires", "x", "requires: unknown key; did you mean 'require'?"),
        ("architectures.ae_deep.exclude_cells", ["m_*"], "called exclude_features today"),
        ("architectures.ae_deep.family", "present_autoencoder", "'masked_autoencoder' today"),
        ("rmm", {"types": []}, "rmm: unknown key; it is one of the representations today"),
        ("distortions", {}, "distortions: unknown key; it is called augmentation today"),
        ("studies.replicas", {"number": 3}, "studies.replicas: unknown key; it is called studies"),
        ("studies.megaset_study", {}, "it is called studies.megaset_number today"),
        ("studies.limits", {"bins": 3}, "it is part of studies.fits today"),
        ("studies.matrix_displays", {}, "it is called studies.event_displays today"),
        ("studies.blind_test.share", 0.1, "unknown key; signals are hidden by strengths today"),
        ("studies.blind_test.label", "2", "mixtures follow from seed today"),
        ("studies.blind_test.consent", {}, "reads no data today and needs no consent"),
        ("scan.score_quantiles", [1.5], "scan.score_quantiles.0: Input should be less than 1"),
        ("scan.met.step", 17, "axis from 0 to 600 is no whole number of 17"),
        (f"{MATRIX}.types", {"ljet": 6}, "types: must be a list in the order"),
        (f"{MATRIX}.types", [{"ele": 1}, {"ele": 2}], "types: object type ele is listed twice"),
        (f"{MATRIX}.convention", "thesi", "convention: Input should be 'thesis' or 'reference'"),
        (f"{MATRIX}.types", [{"tau": 2}], "object of the format thesis 'tau' does not exist"),
        ("split.folds", 1, "split.folds"),
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
        ("architectures.ae_deep.exclude_features", ["m_x*"], "'m_x*' matches none"),
        ("scaling.clip", False, "vae_deep ends in a sigmoid: it needs scaling"),
        (f"{MATRIX}.types", [{"ljet": 0}], "ljet has 0 slots"),
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
        (
            lambda t: t.replace("background", "backgruond", 1),
            "'background', 'signal', 'data' or 'prior'",
        ),
    ],
)
def test_a_mistake_in_the_sample_sheet_is_named(content, tmp_path, change, message):
    with pytest.raises(ConfigError) as error:
        load_analysis(edit_samples(content, tmp_path, change))
    assert message in str(error.value)


def test_a_number_as_sum_of_weights_is_a_number(content, tmp_path):
    edited = edit_samples(content, tmp_path, lambda t: t + ROW.format(weights="1.5e6"))
    assert load_analysis(edited).samples["XX"].sum_of_weights == 1.5e6


FORMATS = ("ntuples/thesis.yaml", "ntuples/atlas_open_data_2020.yaml")


def read_configuration(folder):
    content = yaml.safe_load((folder / "config.yaml").read_text())
    content |= {"samples": str(folder / "samples.tsv"), "ntuple_formats": str(folder)}
    content |= {"processes": str(folder / "processes.yaml")}
    other = read_format(folder / "atlas_open_data_2020.yaml")
    return load_analysis(content), other


def dump(models):
    return [json.dumps(model.model_dump(mode="json")) for model in models]


@pytest.fixture(scope="module")
def delivered(tmp_path_factory):
    """The delivered configuration in a folder that can be written to."""
    folder = tmp_path_factory.mktemp("config")
    for name in ("config.yaml", "processes.yaml", "samples.tsv", *FORMATS):
        (folder / Path(name).name).write_text((ROOT / "config" / name).read_text())
    texts = {path: path.read_text() for path in folder.iterdir()}
    return folder, texts, read_configuration(folder)


def shuffle_keys(content, random):
    if isinstance(content, dict):
        keys = random.sample(list(content), len(content))
        return {key: shuffle_keys(content[key], random) for key in keys}
    if isinstance(content, list):
        return [shuffle_keys(item, random) for item in content]
    return content


# no shrinking: a simpler shuffle explains nothing, and takes minutes
@settings(max_examples=12, deadline=None, phases=[Phase.generate])
@given(random=st.randoms(use_true_random=False))
def test_the_order_of_keys_and_rows_changes_nothing(delivered, random):
    folder, texts, expected = delivered
    for path, text in texts.items():
        if path.suffix == ".yaml":
            content = shuffle_keys(yaml.safe_load(text), random)
            path.write_text(yaml.safe_dump(content, sort_keys=False))
        else:
            header, *rows = text.splitlines()
            path.write_text("\n".join([header, *random.sample(rows, len(rows))]) + "\n")
    found = read_configuration(folder)
    assert found == expected
    assert dump(found) == dump(expected)


def test_the_order_of_lists_counts(content):
    types = list(load_analysis(content).config.representations["rmm"].types.items())
    turned = deepcopy(content)
    turned["representations"]["rmm"]["types"].reverse()
    turned["selections"]["3lep"]["signals"].reverse()
    analysis = load_analysis(turned)
    assert list(analysis.config.representations["rmm"].types.items()) == types[::-1]
    signals = analysis.config.selections["3lep"].signals
    assert signals == ["HLL_500", "SUSY_800p50", "SUSY_450p300"]


@pytest.mark.parametrize(
    ("path", "written", "same"),
    [
        ("architectures.vae_deep.kl_weight", "0.001", "1e-3"),
        ("architectures.vae_deep.optimiser.learning_rate", "0.001", "1e-3"),
        ("architectures.ae_deep.epochs", "4", "4.0"),
        ("architectures.ae_deep.layers.1.units", "450", "450.0"),
        ("architectures.ae_deep.batch_size", "1000", "1_000"),
        ("campaigns.run2.luminosity", "138000", "1.38e+5"),
        ("campaigns.run2.luminosity", "138000", "138e3"),
        ("generator.scale", "1", "1.0"),
        ("megasets.number", "10", "10.0"),
        ("sqrt_s", "13000.0", "13e3"),
        ("representations.rmm.types", "[ele: 2, muo: 1]", "[ele: 2.0, muo: +1]"),
        ("scan.met", "{start: 0, stop: 10, step: 0.5}", "{start: 0., stop: 1e1, step: .5}"),
        ("scan.score_quantiles", "[0.5, 0.001]", "[.5, 1e-3]"),
        ("seed", "1000", "1000.0"),
        ("split.validation_fraction", "0.1", ".1"),
        ("selections.3lep.cuts.3.require", "pt_lep2 > 20", "'((pt_lep2)>20)'"),
        ("selections.3lep.cuts.3.require", "m_ll > 1000.0", '"m_ll   > (1e3)"'),
    ],
)
def test_spelling_changes_nothing(content, path, written, same):
    analyses = []
    for text in (written, same):
        put(content, path, yaml.safe_load(text))
        analyses.append(load_analysis(content))
    assert dump(analyses[:1]) == dump(analyses[1:])


def test_spelling_in_the_sample_sheet_changes_nothing(content, tmp_path):
    def respell(text):
        return text.replace("\t45800\t", "\t4.58e4\t").replace("\t12000\t", "\t12000.0\t")

    expected = load_analysis(content).samples
    assert load_analysis(edit_samples(content, tmp_path, respell)).samples == expected


def test_a_default_that_is_written_out_changes_nothing(content):
    for section in ("representations", "sqrt_s", "generator", "scan"):
        content.pop(section)
    content["selections"].pop("2lep")
    content.pop("plots")  # which names channels of it
    for study in ("blind_test", "calibration"):
        content["studies"].pop(study)  # and signals
    short = load_analysis(content)
    types = [{"ljet": 6}, {"bjet": 6}, {"ele": 5}, {"muo": 5}]
    content |= {"representations": {"rmm": {"kind": "rmm", "types": types}}, "sqrt_s": 13000}
    content["generator"] = {"scale": 1, "pseudo_data_share": 0.4, "events_per_file": 50_000}
    content["scan"] = {"minimum_effective_events": 10, "score_quantiles": [0.5, 0.9, 0.99]}
    assert dump([load_analysis(content)]) == dump([short])
