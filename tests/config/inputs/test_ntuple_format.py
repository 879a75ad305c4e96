"""All definitions of a format are checked, and have one form however they are written."""

import json
from pathlib import Path

import pytest
import yaml

from rapidmass.columnar.expressions import Expression
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.load import ConfigError, validate

FORMATS = sorted((Path(__file__).parents[3] / "config/ntuples").glob("*.yaml"))
# what a format holds beside expressions
PLAIN = (
    "tree",
    "bookkeeping",
    "energy_unit",
    "constants",
    "leptons",
    "collection",
    "columns",
    "rows",
    "menus",
    "source",
)


def edit_expressions(content, change):
    """Change every expression of a format; the rest stays."""
    if isinstance(content, dict):
        return {
            key: value if key in PLAIN else edit_expressions(value, change)
            for key, value in content.items()
        }
    if isinstance(content, list):
        return [edit_expressions(value, change) for value in content]
    return content if content is None else change(content)


def space_out(text):
    return " ( ( " + text.replace("(", "( ").replace(",", "  ,").replace(" & ", "&") + " ))  "


@pytest.mark.parametrize("path", FORMATS, ids=lambda path: path.stem)
def test_spelling_of_expressions_changes_nothing(path):
    content = yaml.safe_load(path.read_text())
    edited = edit_expressions(content, space_out)
    assert edited != content
    formats = [validate(NtupleFormat, c, path.name) for c in (content, edited)]
    assert formats[0] == formats[1]
    texts = [json.dumps(f.model_dump(mode="json")) for f in formats]
    assert texts[0] == texts[1]
    # what is stored is the canonical text, defaults too, and it is read as itself
    stored = formats[0].model_dump(mode="json")
    assert edit_expressions(stored, lambda text: Expression(text).text) == stored
    assert validate(NtupleFormat, stored, "settings") == formats[0]


@pytest.fixture
def content():
    return yaml.safe_load((FORMATS[0].parent / "thesis.yaml").read_text())


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("aliases.electron", "lepFlavor == ", "aliases.electron: expression 'lepFlavor == '"),
        ("data_aliases.run", "run(1).x", "data_aliases.run: expression 'run(1).x' holds"),
        ("collections.jet.pt", "jetPt[-1]", "collections.jet.pt: expression 'jetPt[-1]' holds"),
        ("objects.ele.where", "(lepPt", "objects.ele.where: expression '(lepPt' cannot be parsed"),
        ("met.phi", "phi(met)", "met.phi: expression 'phi(met)' calls 'phi'"),
        ("identity.run", "", "identity.run: expression '' cannot be parsed"),
        ("weights.scale_factors", "a b", "weights.scale_factors: expression 'a b' cannot be"),
        ("weights.generator", 1, "weights.generator: Input should be a valid string (it is 1)"),
        ("trigger", "a |", "trigger.expression: expression 'a |' cannot be parsed"),
        ("trigger", 1, "trigger.expression: Input should be a valid string (it is 1)"),
        ("trigger.year", "2015 +", "trigger.by_year.year: expression '2015 +' cannot be parsed"),
        ("trigger.triggers.HLT_2mu10", "x.y()", "triggers.HLT_2mu10: expression 'x.y()' holds"),
        ("trigger.yeer", "x", "trigger.by_year.yeer: unknown key; did you mean 'year'?"),
        # what would count twice, or silently in place of another
        ("leptons", ["ele", "ele"], "leptons: 'ele' is listed twice: each would count twice"),
        ("leptons", [], "leptons: name the objects that are signal leptons, at least one"),
        (
            "objects.lep", {"collection": "lepton", "where": "lepPt > 5"},
            "objects.lep: n_lep is the number of signal leptons, which are ele, muo; give",
        ),
        ("constants.electron", 1, "'electron' is defined under constants and under aliases"),
        (
            "alternatives", {"electron": ["lepFlavor"]},
            "'electron' is defined under aliases and under alternatives: take one out",
        ),
        # what is named and not there
        (
            "objects.ele.collection", "leptons",
            "objects.ele: there is no collection 'leptons'; there are jet, lepton",
        ),
        ("trigger.menus.2015", ["HLT_x"], "menus.2015: there is no trigger 'HLT_x' under 'trig"),
        ("tree", [], "tree: List should have at least 1 item"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_alone(content, path, value, message):
    *parents, last = path.split(".")
    block = content
    for key in parents:
        block = block[key]
    block[last] = value
    with pytest.raises(ConfigError) as error:
        validate(NtupleFormat, content, "thesis.yaml")
    first, *lines = str(error.value).splitlines()
    assert first == "thesis.yaml is not valid:"
    assert len(lines) == 1
    assert message in lines[0]


@pytest.mark.parametrize("weight", ["0", "-1", "1e30", "1 - 1", "1e-3"])
def test_a_factor_that_no_variation_has_is_refused(content, weight):
    content["shifts"] = {"wild": {"weight": weight}}
    with pytest.raises(ConfigError, match=r"shifts\.wild.*'weight' of a shift is the factor"):
        validate(NtupleFormat, content, "format.yaml")
