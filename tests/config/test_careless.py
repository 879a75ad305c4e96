"""Careless and hostile settings, and what each is answered with, after little work."""

import datetime
from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from calls import limit_calls
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.processes import Process
from rapidmass.config.inputs.samples import Sample
from rapidmass.config.load import ConfigError, load_analysis
from rapidmass.config.root import Config
from rapidmass.config.search.scan import Axis
from rapidmass.config.search.unblinding import Unblinding

ROOT = Path(__file__).parents[2]
MOST_CALLS = 1_000_000
TODAY = datetime.datetime.now(tz=datetime.UTC).date()


def read_delivered():
    content = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    for key in ("samples", "ntuple_formats", "processes"):
        content[key] = str(ROOT / content[key])
    return content


DELIVERED = read_delivered()


def change(path, text):
    """The delivered configuration with another value, as YAML reads it."""
    content = deepcopy(DELIVERED)
    *parents, last = path.split(".")
    block = content
    for key in parents:
        block = block[int(key) if key.isdigit() else key]
    block[last] = yaml.safe_load(text)
    return content


NUMBER = "a number is meant here, not yes or no (it is True)"


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        # yes and no where a number is meant
        ("architectures.ae_deep.epochs", "true", f"  architectures.ae_deep.epochs: {NUMBER}"),
        ("architectures.ae_deep.epochs", "on", NUMBER),
        ("architectures.ae_deep.layers.0.units", "yes", f"layers.0.units: {NUMBER}"),
        ("campaigns.run2.luminosity", "true", f"campaigns.run2.luminosity: {NUMBER}"),
        ("scan.score_quantiles", "[true]", f"scan.score_quantiles.0: {NUMBER}"),
        ("representations.rmm.types", "[ele: true]", f"rmm.types.ele: {NUMBER}"),
        ("seed", "true", f"seed: {NUMBER}"),
        ("generator.pseudo_data_leptons", "{data_3lep: true}", NUMBER),
        # numbers that are none
        ("seed", "1.5", "seed: Input should be a valid integer"),
        ("seed", "-1", "seed: Input should be greater than or equal to 0"),
        ("campaigns.run2.luminosity", ".nan", "finite number"),
        ("campaigns.run2.luminosity", "1 000", "unable to parse string as a number"),
        ("scan.met", "{start: .nan, stop: 1, step: 1}", "scan.met.start: Input should be a finite"),
        # numbers that can only be mistakes
        ("architectures.ae_deep.layers.0.units", "1000000000", "less than or equal to 100000"),
        ("architectures.ae_deep.epochs", "1e9", "less than or equal to 100000"),
        ("architectures.ae_deep.batch_size", "1e12", "less than or equal to 100000000"),
        ("megasets.number", "1000000", "megasets.number: Input should be less than or equal to"),
        ("scan.met", "{start: 0, stop: 1, step: 1e-9}", "has more than 10000 bins: enlarge"),
        ("scan.met", "{start: 0, stop: 1e300, step: 1}", "axis from 0 to 1e+300: must rise"),
        ("scan.met", "{start: 10, stop: 0, step: 1}", "axis from 10 to 0: must rise"),
        ("representations.rmm.types", "[ele: 1000000000]", "ele has 1000000000 slots; 1 to 255"),
        ("generator.events_per_file", "1", "would be made in"),
        ("generator.scale", "1e6", "would be made in"),
        ("generator.scale", "1e300", "generator.scale: Input should be less than or equal to"),
        ("training.threads", "100000", "training.threads: Input should be less than or equal"),
        ("files", "{attempts: 1e6}", "files.attempts: Input should be less than or equal to 1000"),
        ("files", "{timeout: 1e9}", "files.timeout: Input should be less than or equal to 86400"),
        ("studies", "{seeds: {number: 1000000}}", "studies.seeds.number: Input should be"),
        # names that YAML reads as something else
        ("selections.2lep.channels", "{no: [ttbar]}", "put it in quotation marks: YAML reads no"),
        ("selections.2lep.channels", "{2012: [ttbar]}", "(it is 2012); put it in quotation marks"),
        ("selections.2lep.channels", "{top: [off]}", "(it is False); put it in quotation marks"),
        ("selections.2lep.signals", "[2026-01-31]", "put it in quotation marks: YAML reads no"),
        ("title", "2026", "title: Input should be a valid string (it is 2026); put it in quota"),
        ("architectures", "{1.5: {family: vae}}", "(it is 1.5); put it in quotation marks"),
        # names that lead elsewhere
        ("selections.2lep.channels", "{../../x: [ttbar]}", "'/' cannot be in it; take letters"),
        ("selections.2lep.channels", "{..: [ttbar]}", "becomes the name of a file"),
        ("selections.2lep.channels", "{'': [ttbar]}", "becomes the name of a file"),
        ("selections.2lep.channels", "{'a,b': [ttbar]}", "',' cannot be in it"),
        ("selections.2lep.channels", "{'a{b}': [ttbar]}", "'{' '}' cannot be in it"),
        ("selections.2lep.channels", '{"a\\nb": [ttbar]}', r"'\n' cannot be in it"),
        ("selections.2lep.channels", '{"a\\u200b": [ttbar]}', r"'\u200b' cannot be in it"),
        ("selections.2lep.channels", f"{{{'a' * 101}: [ttbar]}}", "at most 100"),
        ("architectures", "{../x: {family: vae}}", "String should match pattern"),
        ("baselines", "{a/b: {kind: met}}", "String should match pattern"),
        ("campaigns", "{a/b: {luminosity: 1}}", "String should match pattern"),
        ("selections", "{..: {}}", "String should match pattern"),
        ("systematics", "[../x]", "String should match pattern"),
        (
            "studies", "{altered_events: {alterations: [{kind: noise, name: ../x}]}}",
            "name: String should match pattern",
        ),
        # nobody, and no day
        ("unblinding", '{by: "\\u200b", reason: a}', r"nothing to read in it: '\u200b'"),
        ("unblinding", "{by: me, reason: a, date: 20260131}", "20260131 is no date: write 2026-"),
        ("unblinding", "{by: me, reason: a, date: 2999-01-01}", "2999-01-01 is in the future"),
        ("campaigns.run2.luminosity", "1e308", "luminosity: Input should be less than or equal to"),
        # what is there twice, or in the place of something else
        ("selections.2lep.signals", "[SUSY_450p300, SUSY_450p300]", "SUSY_450p300 is listed twice"),
        ("selections.2lep.data", "[data_2lep, data_2lep]", "data: data_2lep is listed twice"),
        ("selections.2lep.spectra", "[met, m_ll, met]", "2lep.spectra: met is listed twice"),
        ("systematics", "[jes_up, jes_up]", "systematics: jes_up is listed twice"),
        ("selections", "{samples: {}}", "results/samples is a folder of other products: give"),
        ("selections", "{report: {}}", "results/report is a folder of other products"),
        (
            "studies.altered_events.alterations.0.factors", "[1e300]",
            "factors.0: Input should be less than or equal to 1000 (it is '1e300')",
        ),
        # cuts that choose nothing
        (
            "selections.2lep.cuts.1.require", "n_lep",
            "selection 2lep, cut 'two signal leptons': expression 'n_lep' cannot be used: what sel",
        ),
        ("selections.2lep.cuts.1.require", "met + 5", "must be true or false, and is a floating"),
        ("selections.2lep.cuts.1.require", "any(met > 5)", "any goes over the objects of an event"),
        ("selections.2lep.cuts.1.require", "n_lep & trigger", "selection 2lep, cut 'two signal le"),
        # blocks of another shape
        ("samples", "[a, b]", "samples: Input is not a valid path"),
        ("scan", "5", "scan: Input should be a valid dictionary"),
        ("selections", "[]", "selections: Input should be a valid dictionary"),
    ],
)  # fmt: skip
def test_a_careless_setting_is_refused_at_once(path, text, message):
    content = change(path, text)
    with pytest.raises(ConfigError) as error, limit_calls(MOST_CALLS):
        load_analysis(content)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("architectures.ae_deep.batch_size", "1e5", 100_000),
        ("architectures.ae_deep.batch_size", "'5'", 5),
        ("architectures.ae_deep.batch_size", "5.0", 5),
        ("architectures.ae_deep.optimiser.learning_rate", "1e-3", 0.001),
        ("campaigns.run2.luminosity", "139e3", 139_000.0),
        ("title", r"Search at $\sqrt{s}$ = 13 TeV", r"Search at $\sqrt{s}$ = 13 TeV"),
    ],
)
def test_numbers_are_read_as_people_mean_them(path, text, value):
    block = load_analysis(change(path, text)).config
    for key in path.split("."):
        block = block[key] if isinstance(block, dict) else getattr(block, key)
    assert block == value


@pytest.mark.parametrize("name", ["Z+jets", "W(lv)", "top pairs", "Z-γ", "t.W", "(W) 2 ~"])
def test_a_channel_is_called_what_people_call_it(name):
    content = change("selections.2lep.channels", yaml.safe_dump({name: ["ttbar"]}))
    content["plots"] = {}  # which names other channels
    assert list(load_analysis(content).config.selections["2lep"].channels) == [name]


@given(name=st.text(max_size=12))
def test_a_channel_that_passes_stays_in_its_folder(name):
    selection = deepcopy(DELIVERED["selections"]["2lep"])
    content = {**DELIVERED, "selections": {"s": {**selection, "channels": {name: ["ttbar"]}}}}
    try:
        Config.model_validate(content)
    except ValidationError:
        return
    assert Path(name).name == name
    assert not set(name) & set("{}/\\,'\"\n\0")


def find_unbounded(schema, path=()):
    """Find whole numbers of a JSON schema that have no largest value."""
    if isinstance(schema, list):
        schema = dict(enumerate(schema))
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "integer" and "maximum" not in schema:
        yield ".".join(map(str, path))
    for key, part in schema.items():
        yield from find_unbounded(part, (*path, key))


@pytest.mark.parametrize("model", [Config, Sample, NtupleFormat, Process])
def test_every_whole_number_has_a_largest_value(model):
    # a year of a menu is a name, and slots are checked by the layout
    allowed = {"Config.$defs.MatrixSettings.properties.types.items.additionalProperties"}
    found = {f"{model.__name__}.{path}" for path in find_unbounded(model.model_json_schema())}
    assert found - allowed == set()


INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u3164\u115f\u1160\uffa0\u2800\u0301\u202e\t \u00a0"
)


@given(text=st.text(alphabet=INVISIBLE, max_size=5))
def test_nobody_unblinds(text):
    for block in ({"by": text, "reason": "ready"}, {"by": "the board", "reason": text}):
        with pytest.raises(ValidationError):
            Unblinding.model_validate(block)
    named = Unblinding.model_validate({"by": f"{text}Bø {text}", "reason": "π > 3"})
    assert "Bø" in named.by


@pytest.mark.parametrize(("days", "accepted"), [(-400, True), (0, True), (1, True), (3, False)])
def test_a_decision_lies_in_the_past(days, accepted):
    block = {"by": "me", "reason": "ready", "date": TODAY + datetime.timedelta(days=days)}
    if accepted:
        assert Unblinding.model_validate(block).date == block["date"]
        assert Unblinding.model_validate({**block, "date": str(block["date"])}).date
    else:
        with pytest.raises(ValidationError, match="is in the future"):
            Unblinding.model_validate(block)


def test_the_bins_of_an_axis_are_counted_exactly():
    assert Axis(start=0, stop=1, step=0.0001).bins == 10_000
    with pytest.raises(ValidationError, match="more than 10000 bins"):
        Axis(start=0, stop=1.0001, step=0.0001)
