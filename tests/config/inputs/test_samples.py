"""Rows of the sample sheet: lists in cells, and what contradicts itself in one row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rapidmass.config.inputs.samples import Sample
from rapidmass.config.inputs.sheet import read_samples

ROW = {
    "sample": "ttbar",
    "channel": "ttbar",
    "role": "background",
    "format": "tiny",
    "files": "https://host/a.root https://host/b.root",
    "campaign": "a",
    "cross_section": "1.5",
    "sum_of_weights": "10",
}
DATA = {**ROW, "role": "data", "cross_section": None, "sum_of_weights": None}


def make(row=ROW, **cells):
    return Sample.model_validate({k: v for k, v in {**row, **cells}.items() if v is not None})


@given(
    files=st.lists(
        st.tuples(
            st.from_regex(r"(https|root)://[a-z.]{1,9}/[A-Za-z0-9_.]{1,9}", fullmatch=True),
            st.integers(1, 2**50),
            st.integers(0, 2**32 - 1),
        ),
        min_size=1,
        max_size=5,
    ),
    blanks=st.sampled_from([" ", "  ", " \u00a0"]),
)
def test_files_sizes_and_checksums_stay_in_order(files, blanks):
    names, sizes, checksums = zip(*files, strict=True)
    cells = {
        "files": names,
        "size": map(str, sizes),
        "adler32": [f"{number:08x}" for number in checksums],
    }
    sample = make(**{column: blanks.join(entries) for column, entries in cells.items()})
    assert (sample.files, sample.size) == (names, sizes)
    assert [int(digits, 16) for digits in sample.adler32] == list(checksums)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"size": "10"}, "has 1 entries in the column 'size' for 2 files"),
        ({"adler32": "0331aea5 0331aea5 0331aea5"}, "3 entries in the column 'adler32' for 2"),
        ({"files": "data/*.root", "size": "10"}, "give one for each, without wildcards"),
        ({"adler32": "0331aea5 0331AEA5"}, "'0331AEA5' is no Adler-32 checksum of 8 digits"),
        ({"size": "10 0"}, "greater than 0"),
        ({"files": "davs://host/a.root"}, "davs://host/a.root is no address that can be read"),
        ({"files": "https://host/*.root"}, "is an address with a wildcard: list the files"),
        ({"cross_section": "0"}, "greater than 0"),
        ({"cross_section": "files"}, "'file'"),
        ({"cross_section": "nan"}, "finite number"),
        ({"cross_section": "file", "k_factor": "1.1"}, "includes k-factor and filter efficiency"),
        ({"cross_section": "file", "filter_efficiency": "0.5"}, "give what is missing as 'factor'"),
        ({"sum_of_weights": "histogram:cutflow"}, "neither a number, nor"),
        ({"factor": "0"}, "greater than 0"),
        ({"sum_of_weights": "nan"}, "finite number"),
        ({"sum_of_weights": "1e999"}, "finite number"),
        ({"luminosity": "1e999"}, "finite number"),
        ({"process": "p", "files": None, "events": "1e12"}, "less than or equal to 1000000000"),
        ({"files": "it's.root"}, "quotation marks or backslashes in"),
        ({"files": "ftp://me:hush@host/a.root?token=hush"}, ": ftp://host/a.root is no address"),
        ({"constants": "table"}, "'check' or 'sheet'"),
        ({"replaces": "Z-low"}, "String should match pattern"),
        ({"require": "born_mass <"}, "cannot be parsed"),
        ({"sample": "background"}, "no sample can be called background"),
    ],
)
def test_a_contradiction_is_named(cells, message):
    with pytest.raises(ValidationError) as error:
        make(**cells)
    assert message in str(error.value)


def test_data_belong_to_one_campaign_and_have_no_cross_section():
    assert make(DATA).campaign == ("a",)
    with pytest.raises(ValidationError, match="several campaigns: make a row of each"):
        make(DATA, campaign="a d")
    with pytest.raises(ValidationError, match="has a cross section or a sum of weights"):
        make(DATA, cross_section="file")


@pytest.mark.parametrize(
    "text", ["file", "sum:tree:branch", "branch:weights", "histogram:cutflow:2", "histogram:h:all"]
)
def test_a_sum_of_weights_may_be_in_the_files(text):
    assert make(sum_of_weights=text).sum_of_weights == text


def test_numbers_and_file_are_told_apart():
    assert make().cross_section == 1.5
    assert make(cross_section="file", factor="0.0329").cross_section == "file"


def test_comments_and_empty_cells_are_left_out(tmp_path):
    sheet = tmp_path / "samples.tsv"
    sheet.write_text("# where from\n\nsample\tchannel\tfactor\nb\tx\t\n# more\na\ty\t2\n")
    assert read_samples(sheet) == {
        "a": {"sample": "a", "channel": "y", "factor": "2"},
        "b": {"sample": "b", "channel": "x"},
    }


@pytest.mark.parametrize(
    ("row", "cells", "message"),
    [
        (DATA, {"k_factor": "1.2"}, "data sample ttbar has a k_factor, .* leave these columns"),
        (DATA, {"filter_efficiency": "0.5"}, "events of data have weight 1"),
        (DATA, {"factor": "2"}, "events of data have weight 1"),
        (DATA, {"luminosity": "1e15"}, "less than or equal to"),
        (ROW, {"luminosity": "36000"}, "sample ttbar has a luminosity, which only data have"),
        (ROW, {"events": "5000"}, "sample ttbar has files, of which all events are read: leave"),
    ],
)
def test_a_column_that_would_do_nothing_is_refused(row, cells, message):
    with pytest.raises(ValidationError, match=message):
        make(row, **cells)
