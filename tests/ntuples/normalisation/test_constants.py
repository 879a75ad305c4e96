"""Numbers that every event of a sample repeats."""

import numpy as np
import pytest
import uproot

from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.ntuples.normalisation.constants import read_constant_branch, read_constants

MANY = 40_000  # more than are worked on together
FORMAT = {
    "constants": {"thousand": 1000.0},
    "aliases": {"total": "thousand * sumw"},
    "alternatives": {"number": ["xsec", "old_xsec"]},
}
TEXTS = {"cross_section": "2 * number", "sum_of_weights": "total", "k_factor": "1"}


@pytest.fixture
def write_columns(tmp_path):
    def write_tree(name, **columns):
        path = tmp_path / name
        with uproot.recreate(path) as file:
            file.mktree("mini", {key: column.dtype for key, column in columns.items()})
            file["mini"].extend(columns)
        return Source(str(path))

    return write_tree


@pytest.fixture
def settings(change_format):
    return change_format(**FORMAT)


def make_columns(n=MANY, kind=np.float64, name="xsec", **changes):
    columns = {name: np.full(n, 0.1, kind), "sumw": np.full(n, 7, np.float32)}
    for key, (entry, value) in changes.items():
        columns[key][entry] = value
    return columns


def test_expressions_use_the_names_of_the_format_and_alternatives_file_by_file(
    write_columns, settings
):
    """The second file has another name, and 32 bits, which are the same number."""
    sources = [
        write_columns("a.root", **make_columns()),
        write_columns("b.root", **make_columns(kind=np.float32, name="old_xsec", n=5)),
    ]
    found = read_constants(sources, settings, TEXTS)
    assert found == {"cross_section": 0.2, "sum_of_weights": 7000.0, "k_factor": 1.0}


@pytest.mark.parametrize("entry", [1, 20_000, MANY - 1])
def test_what_varies_in_a_file_is_named_with_the_first_values_that_differ(
    write_columns, settings, entry
):
    source = write_columns("a.root", **make_columns(sumw=(slice(entry, None), 8)))
    message = (
        rf"a\.root: 'total' is 8000 in entry {entry} \(first: 7000 in entry 0 of .*a\.root\), "
        "so it is no constant"
    )
    with pytest.raises(NtupleError, match=message):
        read_constants([source], settings, TEXTS)
    with pytest.raises(NtupleError, match=rf"a\.root: 'sumw' is 8 in entry {entry} "):
        read_constant_branch([source], settings, "sumw")


def test_what_varies_from_file_to_file_is_named(write_columns, settings):
    sources = [
        write_columns("a.root", **make_columns(n=10)),
        write_columns("b.root", **make_columns(n=10, xsec=(slice(None), 0.1001))),
    ]
    message = r"b\.root: '2 \* number' is 0\.2002 in entry 0 \(first: 0\.2 in entry 0 of .*a\.root"
    with pytest.raises(NtupleError, match=message):
        read_constants(sources, settings, TEXTS)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("entry", [0, 3, slice(None)])
def test_numbers_that_are_not_finite_are_no_constants(write_columns, settings, value, entry):
    source = write_columns("a.root", **make_columns(n=10, xsec=(entry, value)))
    with pytest.raises(NtupleError, match=r"'2 \* number' is (nan|inf|0\.2) in entry"):
        read_constants([source], settings, TEXTS)


def test_what_cannot_be_computed_is_said_with_the_file(write_columns, settings, write):
    source = write_columns("a.root", sumw=np.ones(3))
    message = r"a\.root: no alternative of 'number' .* fits: 'xsec' needs xsec"
    with pytest.raises(NtupleError, match=message):
        read_constants([source], settings, TEXTS)
    with pytest.raises(NtupleError, match=r"a\.root: tree mini has no branch 'SumW'"):
        read_constants([source], settings, {"sum_of_weights": "SumW"})
    with pytest.raises(NtupleError, match="no branch 'SumW'"):
        read_constant_branch([source], settings, "SumW")
    with pytest.raises(NtupleError, match=r"a\.root: no branch is used by 1, thousand"):
        read_constants([source], settings, {"k_factor": "1", "sum_of_weights": "thousand"})
    assert (
        read_constant_branch([write_columns("b.root", sumw=np.ones(0))], settings, "sumw") is None
    )
    lists = Source(str(write()))
    with pytest.raises(NtupleError, match="'lep_pt' gives lists, not one number an event"):
        read_constants([lists], settings, {"sum_of_weights": "lep_pt"})
