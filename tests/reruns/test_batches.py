"""Batches: nothing is lost, neither bound is passed, and what goes together is the same twice."""

import csv
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reruns.batches import fill_batches
from runs import start_tiny, write_samples

SIZES = {"b1": "19e9", "b2": "18e9", "sig": "5e9", "obs": "1e9"}  # bytes
GROUPS = ("--groups", "build_shard=shards", "score=scores", "score_data=scores",
          "--group-components", "shards=3", "scores=3")  # fmt: skip
GROUP = re.compile(r"^\[.*\] Group job (\w+) .*\n((?:    .*\n|\n)+)", re.MULTILINE)


@given(st.lists(st.integers(0, 30), max_size=40), st.integers(1, 8), st.sampled_from([0.5, 20, 50]))
def test_all_are_there_and_no_bound_is_passed(sizes, number, most):
    items = list(enumerate(sizes))
    batches = list(fill_batches(items, number, most, lambda item: item[1]))
    assert sorted(item for batch in batches for item in batch) == items
    for batch in batches:
        assert 1 <= len(batch) <= number
        assert len(batch) == 1 or sum(size for _, size in batch) <= most
    largest = [max(size for _, size in batch) for batch in batches]
    assert largest == sorted(largest, reverse=True)


def test_without_sizes_they_are_counted_in_their_order():
    batches = list(fill_batches("abcdefgh", 3, 20, lambda _: 0))
    assert list(map("".join, batches)) == ["abc", "def", "gh"]


def test_what_is_too_large_is_alone():
    assert list(fill_batches([7, 30, 5, 9, 3], 50, 20, float)) == [[30], [9, 7], [5, 3]]


@pytest.fixture
def run(tmp_path):
    """A run whose files are large, as the sample sheet says."""
    run = start_tiny(tmp_path)
    path = tmp_path / "config" / "samples.tsv"
    with path.open(newline="") as file:
        rows = [*csv.DictReader(file, delimiter="\t")]
    sized = [{**row, "size": int(float(SIZES[row["sample"]]))} for row in rows]
    write_samples(tmp_path, sized)
    return run


def list_batches(run, name, output):
    """List what jobs of each submission make: the parts of their paths that a pattern names."""
    planned = run.snakemake("--dry-run", *GROUPS)
    assert planned.returncode == 0, planned.output[-3000:]
    batches = (re.findall(output, text) for n, text in GROUP.findall(planned.output) if n == name)
    return sorted(sorted(batch) for batch in batches)


@pytest.mark.workflow
def test_large_files_and_datasets_have_submissions_of_their_own(run):
    """No more than 20 GB together; without sizes four files would be in batches of three and one.

    The scores of data are made with those of the background, which say what to hide.
    """
    shards = list_batches(run, "shards", r"output: results/lep/rmm/shards/(\w+)/")
    assert shards == [["b1"], ["b2"], ["obs", "sig"]]
    scores = list_batches(run, "scores", r"output: results/lep/scores/(\w+/\w+)\.")
    assert scores == [
        ["ae/background", "ae/obs"],
        ["ae/sig", "vae/sig"],
        ["vae/background", "vae/obs"],
    ]
    run.config["files"] = {"split_above": 45}
    shards = list_batches(run, "shards", r"output: results/lep/rmm/shards/(\w+)/")
    assert shards == [["b1", "b2", "sig"], ["obs"]]
