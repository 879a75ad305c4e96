"""Sums of weights and the weight of an event."""

from pathlib import Path

import numpy as np
import pytest
import uproot

from rapidmass.config.inputs.constants import keep_constants
from rapidmass.config.inputs.samples import SampleWeights
from rapidmass.ntuples.access.sources import Source
from rapidmass.ntuples.normalisation.sample_weights import normalise_sample
from rapidmass.ntuples.quality.quarantine_record import QuarantineRecord
from servers import HttpServer

CROSS_SECTION = {"cross_section": 10.0, "k_factor": 1.5, "filter_efficiency": 0.5}
CONSTANTS = {"xsec": 5.0, "kfac": 1.5, "filteff": 0.25, "sumw": 800.0}
IN_FILE = {
    "cross_section": "xsec", "k_factor": "kfac", "filter_efficiency": "filteff / unit",
    "sum_of_weights": "sumw",
}  # fmt: skip

SHEET = {"constants": "sheet"}


@pytest.fixture
def normalise(change_format):
    def normalise_files(paths=(), *, in_file=None, share=1.0, left_out=None, **weights):
        settings = change_format(in_file=in_file, constants={"unit": 0.5})
        row = SampleWeights(**{**CROSS_SECTION, **weights})
        return normalise_sample(
            "signal",
            row,
            sources={Path(path).stem: Source(str(path)) for path in paths},
            settings=keep_constants(row, settings),
            luminosity_share=share,
            quarantine=left_out,
        )

    return normalise_files


@pytest.fixture
def write_trees(tmp_path):
    """Write files with numbers that all entries repeat, and a tree with sums of weights."""

    def write_tree(name, n=3, book=None, **constants):
        path = tmp_path / name
        constants = {**CONSTANTS, **constants}
        with uproot.recreate(path) as file:
            columns = {key: np.full(n, value, np.float32) for key, value in constants.items()}
            file.mktree("mini", dict.fromkeys(columns, np.float32))
            file["mini"].extend(columns)
            file.mktree("book", {"w": np.float64})
            file["book"].extend({"w": np.array([10.0] if book is None else book)})
            file["counts"] = np.histogram([0.5, 1.5, 1.5], bins=3, range=(0, 3))
        return path

    return write_tree


def test_weight_is_cross_section_over_sum_of_weights(normalise):
    found = normalise(sum_of_weights=1000.0)
    assert found.cross_section == pytest.approx(7.5)
    assert found.weight == pytest.approx(7.5 / 1000)
    assert found.origins == {"cross_section": "sheet", "sum_of_weights": "sheet"}
    assert (found.kept, found.in_files) == (1, {})


def test_a_further_factor_is_part_of_the_cross_section(normalise):
    found = normalise(sum_of_weights=1000.0, factor=0.033)
    assert found.cross_section == pytest.approx(7.5 * 0.033)
    assert found.weight == pytest.approx(7.5 * 0.033 / 1000)


def test_a_campaign_gets_its_share_of_the_luminosity(normalise):
    assert normalise(sum_of_weights=1000.0, share=0.25).weight == pytest.approx(7.5 / 4000)


def test_data_have_weight_one(ntuple_format):
    found = normalise_sample(
        "data", SampleWeights(), sources={}, settings=ntuple_format, luminosity_share=1.0,
        quarantine=QuarantineRecord(kept=0.98),
    )  # fmt: skip
    assert (found.weight, found.kept) == (1, 0.98)


def test_constants_of_the_files_are_used(normalise, write_trees):
    paths = [write_trees("a.root"), write_trees("b.root")]
    row = {"cross_section": "file", "sum_of_weights": "file", "k_factor": 1, "factor": 2}
    found = normalise(paths, in_file=IN_FILE, **{**row, "filter_efficiency": 1})
    # the format divides the efficiency by 0.5
    assert found.in_files == pytest.approx({"cross_section": 3.75, "sum_of_weights": 800})
    assert found.cross_section == pytest.approx(7.5)
    assert found.weight == pytest.approx(7.5 / 800)
    assert found.origins == {"cross_section": "file", "sum_of_weights": "file"}


def test_numbers_of_the_sheet_agree_with_those_of_the_files(normalise, write_trees):
    paths = [write_trees("a.root", xsec=10.004, n=4)]
    found = normalise(paths, in_file=IN_FILE, sum_of_weights=800.5)
    assert found.cross_section == 7.5
    assert found.sum_of_weights == 800.5
    assert found.in_files == pytest.approx({"cross_section": 7.503, "sum_of_weights": 800})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"xsec": 10.02}, r"the cross section .* is 7\.5 in the sample sheet, but 7\.515 in the"),
        ({"sumw": 801}, r"the sum of weights is 800 in the sample sheet, but 801 in the files"),
        ({"kfac": 1.0}, r".* is 7\.5 in the sample sheet, but 5 in the files"),
    ],
)
def test_numbers_that_differ_are_an_error_with_a_way_out(normalise, write_trees, changes, message):
    paths = [write_trees("a.root", **{"xsec": 10.0, **changes})]
    with pytest.raises(ValueError, match=f"^sample signal: {message}") as caught:
        normalise(paths, in_file=IN_FILE, sum_of_weights=800.0)
    assert "put 'sheet' into its column 'constants'" in str(caught.value)
    found = normalise(paths, in_file=IN_FILE, sum_of_weights=800.0, constants="sheet")
    assert found.weight == pytest.approx(7.5 / 800)
    assert found.in_files == {}


def test_all_numbers_that_differ_are_named_at_once(normalise, write_trees):
    with pytest.raises(ValueError, match=r"7\.5 in .* but 3\.75 in .* 700 in .* but 800 in"):
        normalise([write_trees("a.root")], in_file=IN_FILE, sum_of_weights=700.0)


def test_what_is_found_otherwise_is_not_compared(normalise, write_trees):
    paths = [write_trees("a.root", xsec=10), write_trees("b.root", xsec=10)]
    found = normalise(paths, in_file=IN_FILE, sum_of_weights="sum:book:w")
    assert found.sum_of_weights == 20
    assert found.origins["sum_of_weights"] == "sum:book:w"
    assert set(found.in_files) == {"cross_section"}


def test_files_are_opened_only_where_something_is_in_them(normalise, tmp_path):
    absent = [tmp_path / "absent.root"]
    assert normalise(absent, sum_of_weights=5.0).sum_of_weights == 5
    found = normalise(absent, in_file=IN_FILE, sum_of_weights=5.0, constants="sheet")
    assert found.sum_of_weights == 5
    with pytest.raises(ValueError, match=r"sample signal: .*absent\.root does not exist"):
        normalise(absent, in_file=IN_FILE, sum_of_weights=5.0)


@pytest.mark.parametrize(
    ("where", "expected"),
    [("branch:sumw", 800), ("sum:book:w", 44), ("sum:b*:w", 44), ("histogram:counts:2", 4)],
)
def test_sums_of_weights_in_files(normalise, write_trees, where, expected):
    paths = [write_trees("a.root", book=[10.0, 1.0]), write_trees("b.root", book=[33.0])]
    found = normalise(paths, sum_of_weights=where)
    assert found.sum_of_weights == expected
    assert found.weight == pytest.approx(7.5 / expected)
    assert found.origins["sum_of_weights"] == where


@pytest.mark.parametrize("where", ["file", "branch:sumw", "sum:book:w", "histogram:counts:2"])
def test_files_may_lie_on_a_server(normalise, write_trees, tmp_path, where):
    paths = [write_trees(name, xsec=10) for name in ("a.root", "b.root")]
    server = HttpServer(tmp_path)
    try:
        given = {"in_file": IN_FILE, "sum_of_weights": where}
        addresses = [server.address(path.name) for path in paths]
        assert normalise(addresses, **given) == normalise(paths, **given)
    finally:
        server.stop()


@pytest.mark.parametrize("total", [0.0, -5.0, np.inf])
def test_sums_that_are_not_positive_are_refused(normalise, write_trees, total):
    path = write_trees("a.root", sumw=total)
    message = (
        r"the sum of weights \(file\) is .*; it must be positive"
        if np.isfinite(total)
        else "constant"
    )
    with pytest.raises(ValueError, match=f"^sample signal: .*{message}"):
        normalise([path], in_file=IN_FILE, sum_of_weights="file", **SHEET)


def test_a_cross_section_of_zero_in_the_files_is_refused(normalise, write_trees):
    with pytest.raises(ValueError, match=r"the cross section \(file\) is 0; it must be positive"):
        normalise(
            [write_trees("a.root", xsec=0)], in_file=IN_FILE, sum_of_weights=1.0,
            cross_section="file", k_factor=1, filter_efficiency=1, constants="sheet",
        )  # fmt: skip


def test_files_without_events_say_nothing(normalise, write_trees):
    empty = [write_trees("a.root", n=0)]
    found = normalise(empty, in_file=IN_FILE, sum_of_weights=800.0)
    assert (found.in_files, found.sum_of_weights) == ({}, 800)
    for where in ("file", "branch:sumw"):
        with pytest.raises(ValueError, match=r"no file holds an event to read .*sum.* from: give"):
            normalise(empty, in_file=IN_FILE, sum_of_weights=where)
    some = [*empty, write_trees("b.root")]
    assert normalise(some, in_file=IN_FILE, sum_of_weights="file", **SHEET).sum_of_weights == 800


def test_a_format_without_constants_cannot_be_asked(normalise, write_trees):
    with pytest.raises(ValueError, match="the column 'sum_of_weights' says 'file', but"):
        normalise([write_trees("a.root")], sum_of_weights="file")


@pytest.mark.parametrize(
    ("where", "total", "kept"),
    [
        ("sum:book:w", 10, 0.99),
        ("histogram:counts:2", 2, 0.99),
        ("branch:sumw", 800, 0.9),
        ("file", 800, 0.9),
        (500.0, 500, 0.9),
    ],
)
def test_weights_make_up_for_what_is_left_out(normalise, write_trees, tmp_path, where, total, kept):
    """Sums over files lack those that are left out; other sums are of the whole sample."""
    paths = [write_trees("a.root"), tmp_path / "bad.root"]
    paths[1].write_bytes(b"nothing")
    quarantine = QuarantineRecord(kept=0.9, kept_of_used=0.99, left_out=frozenset({"bad"}))
    given = {"sum_of_weights": where, "in_file": IN_FILE, **SHEET}
    found = normalise(paths, left_out=quarantine, **given)
    assert (found.sum_of_weights, found.kept) == (total, kept)
    assert found.weight == pytest.approx(7.5 / (total * kept))
    if isinstance(where, str):
        with pytest.raises(ValueError, match=r"bad\.root cannot be read"):
            normalise(paths, **given)


def test_a_sum_over_the_events_themselves_is_known_and_corrected_once(normalise, write_trees):
    """It was added up over the events that stay; what the branch holds in others does not count."""
    paths = [write_trees("a.root", sumw=np.nan)]
    quarantine = QuarantineRecord(kept=0.9, kept_of_used=0.99, sum_of_weights=250.0)
    found = normalise(paths, left_out=quarantine, sum_of_weights="sum:mini:sumw")
    assert (found.sum_of_weights, found.kept) == (250, 1)
    assert found.weight == pytest.approx(7.5 / 250)
    with pytest.raises(ValueError, match="branch sumw is not finite in entry 0 of tree mini"):
        normalise(paths, sum_of_weights="sum:mini:sumw")


def test_a_sample_of_which_nothing_is_left_is_an_error(normalise):
    with pytest.raises(ValueError, match="sample signal: every file is left out"):
        normalise(left_out=QuarantineRecord(kept=0.0), sum_of_weights=100.0)


@pytest.mark.parametrize(
    "cells",
    [
        {"cross_section": 1e300, "factor": 1e300},
        {"cross_section": 1e-300, "factor": 1e-300},
        {"cross_section": 1.0, "sum_of_weights": 5e-324},
        {"cross_section": 1.0, "sum_of_weights": 1e308},
    ],
)
def test_a_weight_beyond_reason_names_the_sample_and_columns(normalise, cells):
    cells = {"sum_of_weights": 100.0, "k_factor": 1.0, "filter_efficiency": 1.0, **cells}
    with pytest.raises(ValueError, match=r"sample signal: .* would stand for .*'sum_of_weights'"):
        normalise(**cells)
