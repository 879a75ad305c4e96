"""Files in object storage: the same bytes, or an error that says what is missing."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import uproot

from rapidmass.ntuples.access import remote
from rapidmass.ntuples.access.download import fetch
from rapidmass.ntuples.access.remote import RemoteFile, TransferError
from rapidmass.ntuples.access.sources import NtupleError, Source, UnreachableError, open_file
from servers import ObjectServer, Relay, limit_time

CONTENT = bytes(i * i % 251 for i in range(300_000))


@pytest.fixture(autouse=True)
def bounded(monkeypatch):
    monkeypatch.setattr(remote, "FIRST_PAUSE", 0.05)
    with limit_time(60):
        yield


@pytest.fixture(scope="module")
def server():
    server = ObjectServer()
    yield server
    server.stop()


@pytest.fixture
def store(server, monkeypatch):
    server.enter(monkeypatch)
    server.put("folder/file", CONTENT)
    return server


@pytest.fixture
def connect():
    opened = []

    def connect(address, attempts=2):
        opened.append(RemoteFile(address, attempts=attempts, timeout=20.0))
        return opened[-1]

    yield connect
    for file in opened:
        file.close()


def test_ranges_and_copies_are_those_of_the_object(store, connect, tmp_path):
    file = connect(store.address("folder/file"))
    assert file.size == len(CONTENT)
    assert file.submit([(0, 10), (1000, 300_000)]).result() == [CONTENT[:10], CONTENT[1000:]]
    file.copy(tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == CONTENT


def test_the_version_follows_the_content(store, connect):
    first, again = (connect(store.address("folder/file")).version for _ in range(2))
    assert first == again
    store.put("folder/file", CONTENT[::-1])
    assert connect(store.address("folder/file")).version != first


def test_a_connection_that_dies_is_made_again(store, connect, monkeypatch):
    relay = Relay(store.port, [None, 100_000])
    store.enter(monkeypatch, relay.port)
    file = connect(store.address("folder/file"))
    assert file.read(0, len(CONTENT)) == CONTENT
    relay.stop()
    with pytest.raises(TransferError, match="no answer to 2 requests for bytes 0 to 10: "):
        file.read(0, 10)


@pytest.mark.parametrize("name", ["folder/other", "folder", "folder/"])
def test_what_is_not_there_is_said_to_be_absent(store, name):
    source = Source(store.address(name))
    with (
        pytest.raises(NtupleError, match=f"s3://ntuples/{name} does not exist; correct"),
        open_file(source),
    ):
        pass


def test_without_credentials_nobody_asks_twice(store, caplog, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    source = Source(store.address("folder/file"))
    refusal = r"is refused: .*Unable to locate credentials"
    with pytest.raises(UnreachableError, match=refusal), open_file(source):
        pass
    assert not caplog.records


def test_events_are_those_of_the_file_on_disk(store, tmp_path):
    values = np.random.default_rng(7).normal(size=50_000)
    with uproot.recreate(tmp_path / "local.root") as file:
        file["tree"] = {"x": values, "y": values**2, "z": np.arange(len(values))}
    store.put("local.root", (tmp_path / "local.root").read_bytes())
    source = Source(store.address("local.root"))
    with open_file(source) as file:
        np.testing.assert_array_equal(file["tree"]["x"].array(library="np"), values)
    fetch(source, tmp_path / "copy.root")
    assert (tmp_path / "copy.root").read_bytes() == (tmp_path / "local.root").read_bytes()


def test_an_object_that_changes_is_not_mixed_with_what_it_was(
    store, connect, monkeypatch, tmp_path
):
    file = connect(store.address("folder/file"))
    assert file.read(0, 10) == CONTENT[:10]
    store.put("folder/file", CONTENT[::-1])
    for ask in (lambda: file.read(10, 20), lambda: file.copy(tmp_path / "copy")):
        with pytest.raises(TransferError, match=r"is refused: .*changed while it was read"):
            ask()
    relay = Relay(store.port, [None, 1000])  # also over another connection
    store.enter(monkeypatch, relay.port)
    file = connect(store.address("folder/file"))
    store.put("folder/file", CONTENT)
    with pytest.raises(TransferError, match=r"is refused: .*changed while it was read"):
        file.read(0, len(CONTENT))
    relay.stop()


@pytest.mark.usefixtures("store")
def test_a_name_that_no_bucket_has_is_told():
    source = Source("s3://Not_A_Bucket!/file")
    with pytest.raises(UnreachableError, match=r"is refused: .*Invalid bucket"), open_file(source):
        pass


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (400, {}, "is refused: .*HTTP status 400 .are the credentials valid"),
        (403, {}, "is refused: "),
        (206, {"Content-Range": "bytes 5-14/100"}, "sends bytes 5-14/100 instead of bytes=0-9"),
        (200, {}, "sends the whole object instead of bytes=0-9"),
    ],
)
def test_answers_to_something_else_are_no_bytes_of_the_object(
    store, connect, monkeypatch, status, headers, reason
):
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self):
            refused = status >= 400
            self._send(status if refused else 200, 100, {"ETag": '"a"'})

        def do_GET(self):
            self._send(status, 10, headers)
            self.wfile.write(b"x" * 10)

        def _send(self, code, length, more):
            self.send_response(code)
            self.send_header("Content-Length", str(length))
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_):
            pass

    other = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=other.serve_forever, args=(0.02,), daemon=True).start()
    store.enter(monkeypatch, other.server_address[1])
    with pytest.raises(TransferError, match=reason):
        connect(store.address("folder/file")).read(0, 10)
    other.shutdown()
    other.server_close()
