"""Copies of files on servers are whole, checked, and go on where they were cut off."""

import dataclasses
import os
import subprocess
import sys
import threading
import time
import zlib

import numpy as np
import pytest

from rapidmass.ntuples.access import download, remote
from rapidmass.ntuples.access.download import fetch
from rapidmass.ntuples.access.sources import NtupleError, Source, UnreachableError
from rapidmass.provenance.code_digests import PACKAGE
from servers import HttpServer, Relay, XrootdServer, limit_time, needs_xrootd

SIZE = 1_000_000
PIECE = 100_000


@pytest.fixture(autouse=True)
def bounded(monkeypatch):
    monkeypatch.setattr(remote, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(remote, "SLOWEST", 1 << 18)
    for module in (remote, download):
        monkeypatch.setattr(module, "PIECE", PIECE)
    with limit_time(30):
        yield


@pytest.fixture(scope="module")
def content():
    return np.random.default_rng(1).bytes(SIZE)


@pytest.fixture
def folder(tmp_path, content):
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "file.root").write_bytes(content)
    return folder


@pytest.fixture
def http(folder):
    server = HttpServer(folder)
    yield server
    server.stop()


@pytest.fixture
def xrootd(folder):
    server = XrootdServer(folder)
    yield server
    server.stop()


@pytest.fixture
def output(tmp_path):
    return tmp_path / "cache" / "sample" / "part.root"


def ask(server, content=None, **settings):
    known = {}
    if content is not None:
        known = {"size": len(content), "adler32": f"{zlib.adler32(content):08x}"}
    settings = {"attempts": 2, "timeout": 0.5, **known, **settings}
    return Source(server.address("file.root"), **settings)


def list_files(output):
    return sorted(path.name for path in output.parent.iterdir())


@pytest.mark.parametrize("kind", ["http", pytest.param("xrootd", marks=needs_xrootd)])
def test_a_copy_is_whole_and_alone(request, kind, content, output, caplog):
    fetch(ask(request.getfixturevalue(kind), content), output)
    assert output.read_bytes() == content
    assert list_files(output) == ["part.root"]
    assert "500000 of 1000000 bytes" in caplog.text


def test_a_copy_without_knowledge_of_its_content(http, content, output):
    fetch(ask(http), output)
    assert output.read_bytes() == content


@pytest.mark.parametrize("known", [False, True])
def test_a_later_attempt_fetches_the_rest_only(http, content, output, known):
    source = ask(http, content if known else None, attempts=1)
    http.faults += [None] * 6  # the size, and five pieces
    http.constant = "cut"
    with pytest.raises(UnreachableError, match=r"file\.root cannot be copied; what came is kept: "):
        fetch(source, output)
    assert not output.exists()
    (part,) = list_files(output)
    begun = (output.parent / part).stat().st_size
    assert 3 * PIECE <= begun <= 5 * PIECE  # others may have been cut in their place
    http.constant = None
    http.forget()
    fetch(source, output)
    assert output.read_bytes() == content
    assert http.sent == SIZE - begun + 1  # that one for the size
    assert list_files(output) == ["part.root"]


def test_failures_in_the_middle_cost_their_pieces_only(http, content, output):
    http.faults += [None, None, "cut", None, 503, "short", None, "hang"]
    fetch(ask(http, content, attempts=6), output)
    assert output.read_bytes() == content
    assert http.sent < SIZE + 2 * PIECE


KILLED = """
import sys
from pathlib import Path
from rapidmass.ntuples.access import download
from rapidmass.ntuples.access import remote
from rapidmass.ntuples.access.sources import Source
remote.PIECE = download.PIECE = 100_000
download.fetch(Source(sys.argv[1]), Path(sys.argv[2]))
"""


def test_a_killed_job_is_continued(http, content, output):
    http.constant = "slow"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    command = [sys.executable, "-c", KILLED, http.address("file.root"), str(output)]
    with subprocess.Popen(command, env=environment) as process:
        while not any(path.stat().st_size for path in output.parent.glob(".*.part")):
            time.sleep(0.02)
        process.kill()
    (part,) = list_files(output)
    begun = (output.parent / part).stat().st_size
    assert 0 < begun < SIZE
    http.constant = None
    time.sleep(0.5)  # what is still being sent
    http.forget()
    fetch(ask(http, timeout=5.0), output)
    assert output.read_bytes() == content
    assert http.sent == SIZE - begun + 1


def test_another_content_is_fetched_from_the_start(http, folder, content, output):
    http.faults += [None] * 6
    http.constant = 503
    with pytest.raises(UnreachableError):
        fetch(ask(http), output)
    (before,) = list_files(output)
    changed = content[::-1]
    (folder / "file.root").write_bytes(changed)
    http.validators, http.constant = {"ETag": '"changed"'}, None
    fetch(ask(http), output)
    assert output.read_bytes() == changed
    assert before not in list_files(output)


def test_a_wrong_checksum_is_an_error_after_a_second_copy(http, folder, content, output):
    source = ask(http, content)
    wrong = content[:-1] + b"!"
    (folder / "file.root").write_bytes(wrong)
    found = f"{zlib.adler32(wrong):08x}"
    with pytest.raises(NtupleError, match=f"{found}, and the sample sheet says {source.adler32}"):
        fetch(source, output)
    assert not output.exists()
    assert http.sent == 2 * SIZE + 1
    fetch(source, output, keep_bad=True)
    assert output.read_bytes() == wrong


def test_what_was_wrong_once_is_right_again(http, content, output, caplog):
    http.faults += [None] * 3 + ["garble"]
    fetch(ask(http, content), output)
    assert output.read_bytes() == content
    assert "it is fetched again" in caplog.text


def test_a_wrong_size_is_an_error_at_once(http, content, output):
    source = dataclasses.replace(ask(http, content), size=SIZE + 1)
    with pytest.raises(
        NtupleError, match=f"has {SIZE} bytes, and the sample sheet says {SIZE + 1}"
    ):
        fetch(source, output)
    assert http.sent == 1
    fetch(source, output, keep_bad=True)
    assert output.read_bytes() == content


def test_an_absent_file_is_named(http, output):
    with pytest.raises(NtupleError, match=r"nowhere\.root does not exist") as raised:
        fetch(Source(http.address("nowhere.root")), output)
    assert not isinstance(raised.value, UnreachableError)
    assert list_files(output) == []


@pytest.mark.parametrize("kind", ["http", pytest.param("xrootd", marks=needs_xrootd)])
def test_an_empty_file_stands_for_one_that_is_absent(request, kind, output, caplog):
    source = Source(request.getfixturevalue(kind).address("nowhere.root"), size=5, attempts=1)
    fetch(source, output, keep_bad=True)
    assert output.read_bytes() == b""
    assert "nowhere.root does not exist" in caplog.text


def test_nothing_stands_for_a_file_whose_server_does_not_answer(http, output):
    http.constant = 503
    with pytest.raises(UnreachableError):
        fetch(ask(http), output, keep_bad=True)
    assert not output.exists()


def test_a_server_without_ranges_is_asked_for_the_whole(http, content, output):
    http.constant = "whole"
    http.faults += ["whole", "cut"]
    fetch(ask(http, content), output)
    assert output.read_bytes() == content
    assert http.sent > SIZE


def test_a_place_that_cannot_be_written_is_named(http, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(OSError, match="cache"):
        fetch(ask(http), tmp_path / "cache" / "part.root")


def test_two_at_once_fetch_once(http, content, output):
    http.constant = "slow"
    source = ask(http, content, timeout=5.0)
    both = [threading.Thread(target=fetch, args=(source, output)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert output.read_bytes() == content
    assert http.sent == SIZE + 2
    assert list_files(output) == ["part.root"]


@needs_xrootd
def test_xrootd_goes_on_where_it_was_cut_off(xrootd, content, output):
    relay = Relay(xrootd.port, [400_000, 0, 0, 0])
    source = Source(f"root://127.0.0.1:{relay.port}//file.root", size=SIZE, attempts=1, timeout=1.0)
    with pytest.raises(UnreachableError, match="kept: no answer to 1 req"):
        fetch(source, output)
    (part,) = list_files(output)
    begun = (output.parent / part).stat().st_size
    assert begun > 0
    relay.stop()
    relay = Relay(xrootd.port)
    again = dataclasses.replace(source, location=f"root://127.0.0.1:{relay.port}//file.root")
    fetch(again, output)
    assert output.read_bytes() == content
    assert relay.sent < SIZE - begun + 20_000
    relay.stop()


@needs_xrootd
def test_xrootd_waits_for_a_server_that_was_killed(xrootd, content, output, monkeypatch):
    monkeypatch.setattr(remote, "FIRST_PAUSE", 0.5)
    source = ask(xrootd, content, attempts=3)
    xrootd.kill()
    later = threading.Timer(0.7, xrootd.start)
    later.start()
    fetch(source, output)
    later.join()
    assert output.read_bytes() == content
