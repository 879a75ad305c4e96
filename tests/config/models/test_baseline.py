"""The block `baselines`."""

from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from rapidmass.config.load import ConfigError, load_analysis
from rapidmass.config.models.baseline import AnyBaseline

ROOT = Path(__file__).parents[3]
KINDS = (
    "met",
    "ht",
    "multiplicity",
    "pca",
    "isolation_forest",
    "density",
    "neighbours",
    "shuffled",
)
read = TypeAdapter(AnyBaseline).validate_python


@pytest.fixture
def content():
    content = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    for key in ("samples", "ntuple_formats", "processes"):
        content[key] = str(ROOT / content[key])
    return content


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_enough(kind):
    settings = read({"kind": kind})
    assert settings.kind == kind
    assert type(settings).model_validate_json(settings.model_dump_json()) == settings
    fields = type(settings).model_fields
    assert [name for name, field in fields.items() if not field.description] == []


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "magic"},
        {"kind": "met", "components": 3},
        {"kind": "met", "exclude_features": ["h_*"]},
        {"kind": "pca", "components": 0},
        {"kind": "pca", "components": -0.5},
        {"kind": "pca", "components": 2.5},
        {"kind": "isolation_forest", "max_samples": 1},
        {"kind": "isolation_forest", "negative_weights": "keep"},
        {"kind": "density", "by": "histogram"},
        {"kind": "density", "bandwidth": 0},
        {"kind": "neighbours", "neighbours": 0},
    ],
)
def test_bad_settings_are_refused(change):
    with pytest.raises(ValidationError, match=list(change)[-1]):
        read(change)


@pytest.mark.parametrize(("written", "kept"), [(30, 30), (0.9, 0.9), (1, 1)])
def test_components_are_a_number_or_a_share(written, kept):
    found = read({"kind": "pca", "components": written}).components
    assert (found, type(found)) == (kept, type(kept))


CUTS = {"kind": "rectangular_cuts", "target": {"signals": ["HLL_500"]}, "cuts": {"met": "above"}}


def test_baselines_are_optional_and_those_delivered_are_valid(content):
    content["baselines"] = {kind: {"kind": kind} for kind in KINDS}
    assert list(load_analysis(content).config.baselines) == sorted(KINDS)
    del content["baselines"]
    assert load_analysis(content).config.baselines == {}


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("ae_deep", {"kind": "met"}, "baselines.ae_deep: a network has this name too"),
        ("background", {"kind": "met"}, "baselines.background: this name has a meaning already"),
        ("altered", {"kind": "met"}, "baselines.altered: this name has a meaning already"),
        ("p", {"kind": "pca", "exclude_features": ["x_*"]}, "baselines.p: excluded feature 'x_*'"),
        ("p", {"kind": "pca", "components": 530}, "baselines.p: 530 principal components of 529"),
        ("d", {"kind": "density", "components": 530}, "baselines.d: 530 principal components of"),
        ("s", {"kind": "shuffled", "classes": ["h_l"]}, "baselines.s: `classes`: no element 'h_l'"),
        ("a-b", {"kind": "met"}, "baselines"),
        ("p", {**CUTS, "cuts": {"e_T_mis": "above"}}, "baselines.p: `cuts`: no element 'e_T_mis'"),
        ("p", {**CUTS, "cuts": {}}, "baselines.p"),
        ("p", {**CUTS, "target": {"signals": ["HLL"]}}, "signal 'HLL' does not exist"),
    ],
)
def test_mistakes_are_named(content, name, settings, message):
    content["baselines"] = {name: settings}
    with pytest.raises(ConfigError) as error:
        load_analysis(content)
    assert message in str(error.value)


def test_no_network_has_the_name_of_a_dataset(content):
    content["architectures"]["altered"] = content["architectures"]["ae_shallow"]
    with pytest.raises(ConfigError, match=r"architectures\.altered: this name has a meaning"):
        load_analysis(content)
