"""The object types of the matrix are a list, because their order counts."""

import pytest
import yaml
from pydantic import ValidationError

from rapidmass.config.representations.rmm import MatrixSettings
from rapidmass.representations.registry import make_representation
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.representation import RapidityMassMatrix


@pytest.mark.parametrize(
    "text", ["[muo: 2, ele: 3]", "[{muo: 2}, {ele: 3.0}]", "- muo: 2\n- ele: 3"]
)
def test_types_keep_the_order_of_their_list(text):
    settings = MatrixSettings(types=yaml.safe_load(text))
    assert list(settings.types.items()) == [("muo", 2), ("ele", 3)]
    assert list(settings.model_dump()["types"].items()) == [("muo", 2), ("ele", 3)]
    shown = make_representation(settings.describe(7000.0))
    assert shown == RapidityMassMatrix(Layout(types={"muo": 2, "ele": 3}, sqrt_s=7000.0))


def test_the_default_is_the_default_layout():
    assert make_representation(MatrixSettings().describe(13000.0)) == RapidityMassMatrix(Layout())


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ({"ele": 3}, r"order of keys counts nowhere: write types: \[ljet: 6, bjet: 6\]"),
        ("ele: 3", r"must be a list .* \(it is 'ele: 3'\)"),
        (None, "must be a list"),
        ([{"ele": 3, "muo": 2}], r"is not one object type .*: write types: \[ljet: 6"),
        ([{}], "is not one object type"),
        (["ele"], "'ele' is not one object type"),
        ([{"ele": 3}, {"muo": 1}, {"ele": 3}], "object type ele is listed twice"),
        ([], "at least one object type"),
        ([{"ele": 2.5}], r"types\.ele"),
        ([{"ele": None}], r"types\.ele"),
    ],
)
def test_anything_else_is_refused(types, message):
    with pytest.raises(ValidationError, match=message):
        MatrixSettings(types=types)
