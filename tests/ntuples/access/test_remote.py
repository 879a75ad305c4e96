"""Bytes from servers are the right ones, or an error ends the wait for them."""

import logging
import os
import subprocess
import sys
import time

import pytest

from rapidmass.ntuples.access import remote
from rapidmass.ntuples.access.remote import RemoteFile, TransferError
from rapidmass.provenance.code_digests import PACKAGE
from servers import HttpServer, Relay, XrootdServer, limit_time, needs_xrootd

SIZE = 300_000
LARGE = 1 << 26  # more than the buffers between a server and its client hold


@pytest.fixture(autouse=True)
def bounded(monkeypatch):
    monkeypatch.setattr(remote, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(remote, "SLOWEST", 1 << 20)
    with limit_time(30):
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    (folder / "file").write_bytes(bytes(i * i % 251 for i in range(SIZE)))
    return folder


@pytest.fixture
def content(folder):
    return (folder / "file").read_bytes()


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
def connect():
    opened = []

    def connect(address, attempts=3, timeout=1.0):
        opened.append(RemoteFile(address, attempts=attempts, timeout=timeout))
        return opened[-1]

    yield connect
    for file in opened:
        file.close()


@pytest.fixture(params=["http", pytest.param("xrootd", marks=needs_xrootd)])
def server(request):
    return request.getfixturevalue(request.param)


def test_ranges_are_what_the_file_holds(server, content, connect):
    file = connect(server.address("file"))
    assert file.size == SIZE
    assert file.has_ranges
    ranges = [(0, 10), (100, 200), (SIZE - 5, SIZE), (50, 60), (7, 7), (0, SIZE)]
    assert file.submit(ranges).result() == [content[start:stop] for start, stop in ranges]
    assert file.read(11, 29) == content[11:29]


def test_large_ranges_are_cut(server, content, connect, monkeypatch):
    monkeypatch.setattr(remote, "PIECE", 10_000)
    file = connect(server.address("file"))
    ranges = [(5, 45_000), (50_000, 50_010), (100, SIZE)]
    assert file.submit(ranges).result() == [content[start:stop] for start, stop in ranges]


def test_a_file_that_is_not_there_is_asked_for_once(server, connect, caplog):
    with pytest.raises(FileNotFoundError):
        connect(server.address("nowhere"))
    assert caplog.records == []


@pytest.mark.parametrize("scheme", ["http", pytest.param("root", marks=needs_xrootd)])
def test_a_server_that_is_not_there_is_given_up(scheme, connect, caplog):
    with pytest.raises(TransferError, match="no answer to 3 requests for its size"):
        connect(f"{scheme}://127.0.0.1:1//file")
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2


FAULTS = [503, 500, 429, "cut", "short", "whole", "other", "hang", "stall"]


@pytest.mark.parametrize("fault", FAULTS)
def test_what_fails_is_asked_for_again(http, content, connect, fault, caplog):
    file = connect(http.address("file"))
    http.forget()
    http.faults += [fault, fault]
    assert file.read(1000, 250_000) == content[1000:250_000]
    assert [request.fault for request in http.requests] == [fault, fault, None]
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 2
    assert all("request" in text and "bytes 1000 to 250000 failed" in text for text in warnings)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_goes_on_failing_ends_in_an_error(http, connect, fault):
    file = connect(http.address("file"), attempts=2)
    http.forget()
    http.constant = fault
    with pytest.raises(TransferError, match="no answer to 2 requests for bytes 10 to 90000: "):
        file.read(10, 90_000)
    assert len(http.requests) == 2


def test_a_body_without_an_end_is_not_read_on(http, connect):
    file = connect(http.address("file"), attempts=2, timeout=5)
    http.forget()
    http.constant = "endless"
    with pytest.raises(TransferError, match="sends more than the 90000 bytes that were asked for"):
        file.read(0, 90_000)
    time.sleep(0.1)
    assert http.sent < 20 << 20  # what buffers of the system take, beside the 90 kB


def test_a_file_without_an_end_is_not_copied(http, connect, tmp_path):
    http.constant = "whole"
    file = connect(http.address("file"), attempts=1)
    http.constant = "endless"
    with pytest.raises(TransferError, match="does not tell the size"):
        file.copy(tmp_path / "copy")


def test_a_server_may_send_on_to_another_one(http, content, connect):
    http.faults += [f"to {http.address('file')}", None] * 2
    assert connect(http.address("elsewhere/file")).read(5, 500) == content[5:500]


@pytest.mark.parametrize("place", ["file:///etc/hostname", "ftp://127.0.0.1/file", "root://x//f"])
def test_a_server_sends_nowhere_else_than_to_the_web(http, connect, tmp_path, place):
    file = connect(http.address("file"))
    http.forget()
    http.constant = f"to {place}"
    for ask in (lambda: file.read(10, 20), lambda: file.copy(tmp_path / "copy")):
        with pytest.raises(TransferError, match=f"is refused: .*sends on to {place}, which is no"):
            ask()
    assert len(http.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 410])
def test_a_refusal_is_final(http, connect, status):
    file = connect(http.address("file"))
    http.forget()
    http.constant = status
    with pytest.raises(TransferError, match=f"is refused: .*{status}"):
        file.read(10, 20)
    assert len(http.requests) == 1


def test_a_slow_answer_is_waited_for(http, content, connect, monkeypatch):
    monkeypatch.setattr(remote, "SLOWEST", 1 << 17)
    file = connect(http.address("file"), attempts=1, timeout=0.5)
    http.constant = "slow"
    begin = time.monotonic()
    assert file.read(0, SIZE) == content
    assert time.monotonic() - begin > 0.5  # longer than the server may be silent


def test_an_answer_that_drips_is_given_up(http, connect, monkeypatch):
    monkeypatch.setattr(remote, "SLOWEST", 1e9)
    file = connect(http.address("file"), attempts=2, timeout=0.5)
    http.constant = "slow"
    with pytest.raises(TransferError, match=r"not complete after 0\.5"):
        file.read(0, SIZE)


def test_failed_pieces_alone_are_asked_for_again(http, content, connect, monkeypatch):
    monkeypatch.setattr(remote, "PIECE", 50_000)
    file = connect(http.address("file"))
    http.forget()
    http.faults += [None, "cut", None]
    assert file.read(0, SIZE) == content
    asked = sorted(request.start for request in http.requests)
    assert len(asked) == SIZE // 50_000 + 1
    assert sorted(set(asked)) == list(range(0, SIZE, 50_000))


def test_pauses_grow(http, connect, caplog):
    file = connect(http.address("file"), attempts=4)
    http.faults += [503] * 3
    file.read(0, 10)
    pauses = [r.args[-1] for r in caplog.records if r.levelno == logging.WARNING]
    assert pauses == pytest.approx([0.05, 0.1, 0.2])


def test_a_server_without_ranges_gives_the_whole_file(http, folder, connect, tmp_path):
    content = bytes(range(256)) * (LARGE // 256)
    (folder / "large").write_bytes(content)
    http.constant = "whole"
    file = connect(http.address("large"))
    assert not file.has_ranges
    assert http.sent < LARGE  # it was not waited for
    http.faults.append("cut")
    file.copy(tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == content


def test_the_version_follows_the_tag(http, connect):
    first, second = connect(http.address("file")), connect(http.address("file"))
    assert first.version == second.version
    http.validators = {"ETag": '"another"'}
    assert connect(http.address("file")).version != first.version


MONDAY, TUESDAY = (f"{day} Jan 2024 10:00:00 GMT" for day in ("Mon, 01", "Tue, 02"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"ETag": '"a"'}, {"ETag": '"b"'}),
        ({"ETag": 'W/"a"', "Last-Modified": MONDAY}, {"ETag": 'W/"b"', "Last-Modified": MONDAY}),
        ({"Last-Modified": MONDAY}, {"Last-Modified": TUESDAY}),
        ({"ETag": 'W/"a"', "Last-Modified": MONDAY}, {"Last-Modified": TUESDAY}),
    ],
)
def test_a_file_that_changes_is_not_mixed_with_what_it_was(
    http, content, connect, tmp_path, before, after
):
    http.validators = before
    file = connect(http.address("file"))
    assert file.read(0, 10) == content[:10]
    http.validators = after
    http.forget()
    for ask in (lambda: file.read(10, 20), lambda: file.copy(tmp_path / "copy")):
        with pytest.raises(TransferError, match=r"is refused: .*changed while it was read; start"):
            ask()
    assert len(http.requests) == 2
    http.validators = before
    http.faults += ["cut"]  # over another connection, too
    assert file.read(10, 20) == content[10:20]
    http.validators = after
    with pytest.raises(TransferError, match=r"changed while it was read"):
        file.read(10, 20)


def test_a_file_that_grows_is_refused_and_a_server_that_tells_nothing_is_trusted(
    http, content, connect, folder
):
    path = folder / "growing"
    path.write_bytes(content)
    file = connect(http.address("growing"))
    http.validators = {}
    assert file.read(10, 20) == content[10:20]
    path.write_bytes(content * 2)
    with pytest.raises(TransferError, match=r"is refused: .*changed while it was read"):
        file.read(10, 20)


@needs_xrootd
def test_a_connection_that_dies_is_made_again(xrootd, content, connect):
    relay = Relay(xrootd.port, [100_000, 150_000])
    file = connect(f"root://127.0.0.1:{relay.port}//file")
    assert file.read(0, SIZE) == content
    assert relay.connections == 3
    relay.stop()


@needs_xrootd
def test_a_connection_that_falls_silent_is_made_again(xrootd, content, connect):
    relay = Relay(xrootd.port, [100_000], hold=True)
    file = connect(f"root://127.0.0.1:{relay.port}//file", timeout=4.0)
    assert file.read(0, SIZE) == content
    assert relay.connections == 2
    relay.stop()


@needs_xrootd
def test_a_killed_server_is_waited_for(xrootd, content, connect, monkeypatch):
    monkeypatch.setattr(remote, "FIRST_PAUSE", 1.0)
    file = connect(xrootd.address("file"))
    assert file.read(0, 100) == content[:100]
    xrootd.kill()
    waiting = file.submit([(1000, SIZE)])
    time.sleep(0.3)
    assert not waiting.done()
    xrootd.start()
    assert waiting.result() == [content[1000:]]


@needs_xrootd
def test_a_killed_server_is_given_up(xrootd, connect):
    file = connect(xrootd.address("file"), attempts=2)
    xrootd.kill()
    with pytest.raises(TransferError, match="to 2 requests for bytes 0 to 10: Connection"):
        file.read(0, 10)


@needs_xrootd
def test_a_frozen_server_is_given_up(xrootd, content, connect):
    file = connect(xrootd.address("file"), attempts=2)
    assert file.read(0, 100) == content[:100]
    xrootd.freeze()
    begin = time.monotonic()
    with pytest.raises(TransferError, match="no answer to 2 requests for bytes 10 to 200000: "):
        file.read(10, 200_000)
    assert time.monotonic() - begin < 45
    xrootd.thaw()
    assert file.read(0, 100) == content[:100]


END = """
import sys
from rapidmass.ntuples.access.remote import RemoteFile
file = RemoteFile(sys.argv[1], attempts=1, timeout=1.0)
file.read(0, 10)
print("ready", flush=True)
sys.stdin.readline()
try:
    file.read(0, 200_000)
except OSError as error:
    print("failed", error, flush=True)
file.close()
"""


@needs_xrootd
@pytest.mark.parametrize("how", ["kill", "freeze"])
def test_a_process_ends_quietly_after_a_failure(xrootd, how):
    command = [sys.executable, "-c", END, xrootd.address("file")]
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, env=environment, text=True, **pipes) as process:
        assert process.stdout.readline() == "ready\n"
        getattr(xrootd, how)()
        said, complained = process.communicate("\n", timeout=20)
    assert process.returncode == 0
    assert said.startswith("failed no answer")
    assert complained == ""
