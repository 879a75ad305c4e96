"""Representations are found by name, and files say how they show their events."""

from pathlib import Path

import pyarrow as pa
import pytest

import rapidmass.representations
from other_representations import DESCRIPTIONS, FOLDERS, show_events
from rapidmass.representations.registry import (
    check_representation,
    make_representation,
    read_representation,
)
from synthetic_megasets import MATRIX, make_events


@pytest.fixture(autouse=True)
def one_more_kind(monkeypatch):
    monkeypatch.setattr(rapidmass.representations, "__path__", FOLDERS)


@pytest.mark.parametrize("description", [*DESCRIPTIONS.values(), MATRIX.describe()], ids=str)
def test_a_description_makes_an_equal_representation(description):
    representation = make_representation(description)
    assert representation.describe() == description
    assert make_representation(dict(reversed(description.items()))) == representation
    size = 1
    for length in representation.shape:
        size *= length
    assert len(representation.element_names) == len(set(representation.element_names)) == size
    assert len(representation.scale_groups) == size


def test_unknown_kinds_are_refused():
    with pytest.raises(ValueError, match="no representation of the kind 'magic'"):
        make_representation({"kind": "magic"})
    with pytest.raises(ValueError, match="no representation of the kind None"):
        make_representation({})


@pytest.mark.parametrize("kind", list(DESCRIPTIONS))
def test_files_say_how_they_show_their_events(kind):
    table = show_events(kind, 20)
    representation = read_representation(table.schema)
    assert representation == make_representation(DESCRIPTIONS[kind])
    assert set(representation.columns) <= set(table.column_names)
    check_representation(representation, table.schema, Path("some.parquet"))
    with pytest.raises(ValueError, match=r"o\.parquet holds events as .* made for .*'rmm'"):
        check_representation(MATRIX, table.schema, Path("o.parquet"))
    with pytest.raises(ValueError, match=r"o\.parquet holds events as .*'rmm'.* made for"):
        check_representation(representation, make_events(3).schema, Path("o.parquet"))


def test_other_tables_are_refused():
    with pytest.raises(ValueError, match="x is not a rapidmass shard"):
        read_representation(pa.schema([]), "x")
    bare = pa.schema([], metadata={"rapidmass.format": "1"})
    with pytest.raises(ValueError, match="x does not say how it shows its events"):
        read_representation(bare, "x")
