"""Fingerprints: equal for equal content, whatever its name and time; remembered until a write."""

import hashlib
import json
import os
import shutil
import time

import numpy as np
import pytest
import uproot

from rapidmass.provenance.fingerprints import (
    PIECE,
    WHOLE,
    Memory,
    digest_product,
    identify_file,
    stamp,
)

BIG = WHOLE + 2**20


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(256)) * 4)
    return path


@pytest.fixture
def big(tmp_path):
    path = tmp_path / "big.bin"
    with path.open("wb") as stream:
        stream.truncate(BIG)
    return path


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "product"
    (path / "sub").mkdir(parents=True)
    for name in ("a.png", "b.png", "sub/c.json"):
        (path / name).write_text(name)
    return path


def put(path, place, byte=b"\xa5"):
    """Write one byte in place."""
    with path.open("r+b") as stream:
        stream.seek(place, os.SEEK_END if place < 0 else os.SEEK_SET)
        assert stream.read(1) != byte
        stream.seek(-1, os.SEEK_CUR)
        stream.write(byte)


def test_name_place_and_time_of_a_file_do_not_count(file, tmp_path):
    before = identify_file(file)
    other = tmp_path / "elsewhere" / "b.bin"
    other.parent.mkdir()
    shutil.copyfile(file, other)
    os.utime(other, (1, 1))
    assert identify_file(other) == before
    assert before == f"1024-{hashlib.sha256(file.read_bytes()).hexdigest()[:32]}"


@pytest.mark.parametrize("place", [0, 511, -1])
def test_every_byte_of_a_small_file_counts(file, place):
    before = identify_file(file)
    put(file, place)
    assert identify_file(file) != before


@pytest.mark.parametrize("place", [0, PIECE - 1, (BIG - PIECE) // 15, -PIECE, -1])
def test_bytes_of_the_pieces_of_a_large_file_count(big, place):
    before = identify_file(big)
    put(big, place)
    assert identify_file(big) != before


def test_of_a_large_file_only_pieces_are_read(big):
    before = identify_file(big)
    put(big, PIECE)
    assert identify_file(big) == before


def test_the_size_of_a_large_file_counts(big):
    before = identify_file(big)
    os.truncate(big, BIG + 1)
    assert identify_file(big) != before


def test_the_largest_file_that_is_read_as_a_whole(big):
    os.truncate(big, WHOLE)
    before = identify_file(big)
    put(big, PIECE)
    assert identify_file(big) != before


def test_a_root_file_that_was_written_again_is_another_one(tmp_path):
    """One number in the middle differs: its basket is in none of the pieces that are read."""
    values = np.random.default_rng(1).normal(size=BIG // 8)
    found = []
    for name, number in (("a", 1.0), ("b", 2.0)):
        values[len(values) // 2] = number
        with uproot.recreate(tmp_path / f"{name}.root", compression=None) as root:
            root["tree"] = {"x": values}
        found.append(identify_file(tmp_path / f"{name}.root"))
    assert found[0].split("-")[0] == found[1].split("-")[0]
    assert found[0] != found[1]


def test_the_digest_of_a_file_is_its_sha256(file):
    assert digest_product(file) == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_folder_is_what_is_in_it(folder, tmp_path):
    before = digest_product(folder)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    os.utime(copy / "a.png", (1, 1))
    (copy / ".snakemake_timestamp").touch()
    assert digest_product(copy) == before


@pytest.mark.parametrize(
    "edit",
    [
        lambda path: (path / "sub/c.json").write_text("other"),
        lambda path: (path / "sub/c.json").rename(path / "c.json"),
        lambda path: (path / "a.png").rename(path / "a2.png"),
        lambda path: (path / "d.png").touch(),
        lambda path: (path / "b.png").unlink(),
    ],
    ids=["content", "moved", "renamed", "added", "removed"],
)
def test_names_and_contents_in_a_folder_count(folder, edit):
    before, marks = digest_product(folder), stamp(folder)
    time.sleep(0.02)  # longer than a tick of the clock of inodes
    edit(folder)
    assert digest_product(folder) != before
    assert stamp(folder) != marks


def test_reading_leaves_no_mark(folder, file):
    for path in (folder, file):
        marks = stamp(path)
        digest_product(path)
        assert stamp(path) == marks


def test_a_write_is_seen_though_size_and_time_were_restored(file):
    before, times = stamp(file), (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    time.sleep(0.02)
    put(file, 0)
    os.utime(file, ns=times)
    assert file.stat().st_mtime_ns == times[1]
    assert stamp(file) != before


def count_calls(function):
    calls = []

    def compute(path):
        calls.append(path)
        return function(path)

    return compute, calls


def test_a_file_is_read_once_until_it_is_written_to(file, tmp_path):
    compute, calls = count_calls(identify_file)
    memory = Memory(tmp_path / "cache" / "memory.json")
    first = memory.recall(file, compute)
    assert memory.recall(file, compute) == first == identify_file(file)
    memory.save()
    memory = Memory(tmp_path / "cache" / "memory.json")
    assert memory.recall(file, compute) == first
    assert len(calls) == 1
    time.sleep(0.02)
    put(file, 0)
    assert memory.recall(file, compute) == identify_file(file) != first
    assert len(calls) == 2


def test_identity_and_digest_of_a_file_are_kept_apart(file, tmp_path):
    memory = Memory(tmp_path / "memory.json")
    assert memory.recall(file, identify_file) == identify_file(file)
    assert memory.recall(file, digest_product) == digest_product(file)


def test_what_was_read_holds_until_the_product_is_written_to(folder, tmp_path):
    memory = Memory(tmp_path / "memory.json")
    memory.recall(folder, digest_product)
    memory.save()
    memory = Memory(tmp_path / "memory.json")
    known = []

    def digest_again(path):
        known.append(path)
        return digest_product(path)

    digest_again.__name__ = digest_product.__name__
    memory.recall(folder, digest_again)
    assert known == []
    (folder / "sub/c.json").write_text("altered")
    assert memory.recall(folder, digest_again) == digest_product(folder)
    assert known == [folder]


def test_times_in_whole_seconds_are_not_trusted_while_they_are_young(file, tmp_path):
    now = int(time.time()) * 10**9
    os.utime(file, ns=(now, now))
    memory = Memory(tmp_path / "memory.json")
    memory.recall(file, identify_file)
    memory.save()
    assert not (tmp_path / "memory.json").exists()
    os.utime(file, ns=(now - 10**10, now - 10**10))
    memory.recall(file, identify_file)
    memory.save()
    assert (tmp_path / "memory.json").exists()


def test_nothing_is_written_where_nothing_was_learnt(file, tmp_path):
    path = tmp_path / "memory.json"
    memory = Memory(path)
    memory.save()
    assert not path.exists()
    memory.recall(file, identify_file)
    memory.save()
    written = path.stat().st_ino
    memory.recall(file, identify_file)
    memory.save()
    assert path.stat().st_ino == written


@pytest.mark.parametrize("text", ["", "{", "[1]", "\x00", "null", "[" * 100_000])
def test_a_damaged_memory_is_forgotten(file, tmp_path, text):
    path = tmp_path / "memory.json"
    path.write_text(text)
    memory = Memory(path)
    assert memory.recall(file, identify_file) == identify_file(file)
    memory.save()
    assert list(json.loads(path.read_text())) == [f"identify_file {file}"]


@pytest.mark.parametrize("name", [".nfs0000000000a1b2c3000004d2", ".snakemake_timestamp"])
def test_what_file_systems_and_snakemake_put_into_a_folder_does_not_count(folder, name):
    before, marks = digest_product(folder), stamp(folder)
    for place in (folder, folder / "sub"):
        (place / name).write_text("open elsewhere")
    assert (digest_product(folder), stamp(folder)) == (before, marks)
    (folder / f"{name}.png").write_text("a figure")
    assert digest_product(folder) != before


def test_where_nothing_can_be_written_a_memory_is_not_kept(file, tmp_path):
    (tmp_path / "cache").write_text("no folder")
    memory = Memory(tmp_path / "cache" / "memory.json")
    assert memory.recall(file, identify_file) == identify_file(file)
    memory.save()
    memory.save()
    assert (tmp_path / "cache").read_text() == "no folder"
