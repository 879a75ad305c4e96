"""Definitions choose among alternatives, and know which branches they need."""

import numpy as np
import pytest

from rapidmass.columnar.jagged import Jagged
from rapidmass.ntuples.format.definitions import Definitions, collect_texts

TEXTS = {"wanted": "score + 1"}
BRANCHES = {"new": 2.0, "old": 3.0, "raw": 5.0}


@pytest.fixture
def define(change_format):
    def make(texts=TEXTS, *, is_data=False, **changes):
        return Definitions(change_format(**changes), texts, is_data=is_data)

    return make


def evaluate(definitions, *present):
    definitions.bind(present)
    assert set(definitions.branches) <= set(present)
    return definitions.evaluate({name: BRANCHES[name] for name in present})["wanted"]


def test_the_first_alternative_that_fits_counts(define):
    definitions = define(alternatives={"score": ["new", "old", "raw * 2"]})
    assert definitions.branches == ["new"]
    assert evaluate(definitions, "new", "old") == 3
    assert evaluate(definitions, "raw", "old") == 4
    assert evaluate(definitions, "raw") == 11


def test_alternatives_go_through_variables_and_other_alternatives(define):
    definitions = define(
        alternatives={"score": ["calibrated", "old"], "base": ["new", "raw"]},
        aliases={"calibrated": "10 * base"},
    )
    assert evaluate(definitions, "old", "raw") == 51
    assert evaluate(definitions, "old", "new") == 21
    assert evaluate(definitions, "old") == 4


def test_no_fitting_alternative_is_an_error_with_all_that_is_missing(define):
    definitions = define(alternatives={"score": ["new + raw", "old"]})
    with pytest.raises(ValueError, match=r"'score'.*'new \+ raw' needs raw; 'old' needs old"):
        definitions.bind(["new"])


def test_alternatives_that_nothing_uses_need_not_fit(define):
    definitions = define({"wanted": "new"}, alternatives={"score": ["old"]})
    assert evaluate(definitions, "new") == 2


def test_an_alternative_cannot_need_itself(define):
    with pytest.raises(ValueError, match="'score' of the ntuple format is defined by itself"):
        define(alternatives={"score": ["score + 1"]})


def test_data_are_not_weighted(change_format):
    settings = change_format(weights={"generator": "weight", "scale_factors": "sf"})
    data = collect_texts(settings, ["ele"], is_data=True)
    assert (data["generator_weight"], data["scale_factor"]) == ("1", "1")
    simulation = collect_texts(settings, ["ele"], is_data=False)
    assert (simulation["generator_weight"], simulation["scale_factor"]) == ("weight", "sf")


@pytest.mark.parametrize("name", ["met", "trigger", "require", "scale_factor", "trigger HLT_x"])
def test_a_list_where_events_have_one_value_is_an_error(change_format, name):
    definitions = Definitions(change_format(), {name: "lep_pt > 20"}, is_data=False)
    members = Jagged(np.array([0, 2, 3]), np.array([30.0, 10.0, 25.0]))
    with pytest.raises(ValueError, match=f"{name} must have one value an event.*any"):
        definitions.evaluate({"lep_pt": members})


def test_a_constant_hides_no_branch(define):
    definitions = define(constants={"score": 5})
    assert evaluate(definitions, "new") == 6
    with pytest.raises(ValueError, match="'score' is a constant of the ntuple format and a branch"):
        definitions.bind(["score"])
