"""Sections have no order of keys, and one form of each value."""

import json

import pytest
from pydantic import Field, ValidationError

from rapidmass.config.base import Section, sort_keys


class Inner(Section):
    """A block inside."""

    x: float = Field(1, description="A number whose default is written as an integer.")


class Outer(Section):
    """A block."""

    names: dict[str, Inner] = Field({}, description="Blocks with a name.")
    years: dict[int, list[str]] = Field({}, description="Lists by year.")


def dump(section):
    return json.dumps(section.model_dump(mode="json"))


def test_keys_are_sorted_at_every_depth_and_lists_are_not():
    content = {"b": [{"z": 1, "a": 2}, "c", "b"], "a": {"y": None, "x": {2016: 1, 2015: 2}}}
    expected = '{"a": {"x": {"2015": 2, "2016": 1}, "y": null}, "b": [{"a": 2, "z": 1}, "c", "b"]}'
    assert json.dumps(sort_keys(content)) == expected
    assert list(content) == ["b", "a"]


def test_keys_of_several_types_have_one_order():
    mixed = {"2015": ["text"], 2015: ["number"], True: [], None: []}
    turned = dict(reversed(mixed.items()))
    assert list(sort_keys(mixed).items()) == list(sort_keys(turned).items())


@pytest.mark.parametrize("value", ["text", 3, None, 0.5])
def test_values_stay(value):
    assert sort_keys(value) is value


def test_sections_that_are_made_in_python_have_no_order_either():
    sections = [
        Outer(names={"b": Inner(), "a": {"x": 2}}, years={2016: ["b", "a"], 2015: []}),
        Outer(years={2015: [], 2016: ["b", "a"]}, names={"a": Inner(x=2), "b": {}}),
    ]
    assert sections[0] == sections[1]
    assert dump(sections[0]) == dump(sections[1])


def test_a_default_looks_like_a_given_value():
    assert dump(Inner()) == dump(Inner(x=1)) == dump(Inner(x="1e0")) == '{"x": 1.0}'


def test_unknown_keys_are_refused_and_values_cannot_be_changed():
    with pytest.raises(ValidationError, match="Extra inputs"):
        Inner(y=1)
    with pytest.raises(ValidationError, match="frozen"):
        Inner().x = 2
