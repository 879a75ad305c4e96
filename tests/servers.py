"""Servers of files on this machine, over HTTP and XRootD, that fail as told."""

import logging
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

XROOTD = shutil.which("xrootd")
needs_xrootd = pytest.mark.skipif(
    XROOTD is None, reason="there is no xrootd: run envs/install-system-packages.sh"
)
# Files of tests are often for their owner alone: the one right of root that matters is kept.
RIGHTS = "+dac_override"
AS_NOBODY = [
    "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
    f"--inh-caps={RIGHTS}", f"--ambient-caps={RIGHTS}",
]  # fmt: skip
HOST = "127.0.0.1"
RANGE = re.compile(r"bytes=(\d+)-(\d+)")
BLOCK = 1 << 14


@contextmanager
def limit_time(seconds):
    """Fail what hangs: a signal interrupts the wait for an answer."""

    def fail(*_):
        raise AssertionError(f"not ended after {seconds} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Request(NamedTuple):
    """What a client asked for, and what was done to the answer."""

    path: str
    start: int
    stop: int
    fault: str | None


class HttpServer:
    """Serves a folder over HTTP, with ranges.

    `faults` holds what is done to the next answers, first to the first; `constant` to all others:

    - a number: this status instead of an answer
    - "cut": the connection ends in the middle of the body
    - "short": fewer bytes than asked for, though nothing looks wrong
    - "whole": the request for a range is ignored
    - "other": another range is sent
    - "garble": wrong bytes
    - "hang": no answer
    - "stall": the answer stops in the middle of the body
    - "slow": the body comes with pauses
    - "endless": the body has no end
    - "to ...": the client is sent to this address
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.faults = deque()
        self.constant = None
        self.requests = []
        self.sent = 0  # bytes of bodies
        self.validators = None  # headers that tell the version; default: an ETag of the size
        self.released = threading.Event()  # lets go what hangs
        self._lock = threading.Lock()
        self._answering = 0  # requests that are being answered
        self._ended = threading.Condition(self._lock)
        self._server = None
        self._port = 0
        self.start()

    def start(self):
        handler = type("Handler", (_Handler,), {"files": self})
        self._server = _Server((HOST, self._port), handler)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def address(self, path):
        return f"http://{HOST}:{self._port}/{path}"

    def take_fault(self):
        with self._lock:
            return self.faults.popleft() if self.faults else self.constant

    def note(self, *request):
        with self._lock:
            self.requests.append(Request(*request))

    def forget(self):
        """Forget what was asked so far, when nobody is sent anything more."""
        with self._ended:
            assert self._ended.wait_for(lambda: self._answering == 0, timeout=60)
            self.requests.clear()
            self.sent = 0

    @contextmanager
    def answering(self):
        """Say that a request is being answered."""
        with self._lock:
            self._answering += 1
        try:
            yield
        finally:
            with self._ended:
                self._answering -= 1
                self._ended.notify_all()

    def add(self, size):
        with self._lock:
            self.sent += size


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # the head of an answer leaves with its first block, which is counted then
    files: HttpServer

    def log_message(self, *_):
        pass

    def handle(self):
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self):
        with self.files.answering():
            if self._has_gone():
                self.close_connection = True
            else:
                self._answer_request()

    def _has_gone(self):
        """Whether who asked has closed the connection: what was given up is no request."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def _answer_request(self):
        fault = self.files.take_fault()
        path = self.files.folder / self.path.partition("?")[0].lstrip("/")
        if isinstance(fault, str) and fault.startswith("to "):
            self.files.note(self.path, 0, 0, fault)
            self._answer(302, b"", Location=fault.removeprefix("to "))
            return
        if not path.is_file():
            self._answer(404, b"")
            return
        size = path.stat().st_size
        found = RANGE.fullmatch(self.headers.get("Range", ""))
        if found and fault != "whole":
            start, stop = int(found[1]), min(int(found[2]) + 1, size)
        else:
            found, start, stop = None, 0, size
        self.files.note(self.path, start, stop, fault)
        if isinstance(fault, int):
            self._answer(fault, b"an excuse")
        elif fault == "hang":
            self.close_connection = True
            self.files.released.wait(60)
        elif start >= size:
            self._answer(416, b"")
        else:
            self._serve(path, start, stop, fault, status=206 if found else 200)

    def _serve(self, path, start, stop, fault, status):
        size = path.stat().st_size
        headers = {"ETag": f'"{size}"'} if self.files.validators is None else self.files.validators
        tag = headers.get("ETag", self.headers.get("If-Match"))
        if self.headers.get("If-Match", tag) != tag:
            self._answer(412, b"")
            return
        if fault == "other":
            start, stop = (start + 1, stop + 1) if stop < size else (start - 1, stop - 1)
        with path.open("rb") as stream:
            stream.seek(start)
            body = stream.read(stop - start)
        if fault == "short":
            body, stop = body[: len(body) // 2], start + len(body) // 2
        if fault == "garble":
            body = bytes(len(body))
        if status == 206:
            headers = {**headers, "Content-Range": f"bytes {start}-{stop - 1}/{size}"}
        if fault == "endless":
            self._go_on(status, **headers)
        else:
            self._answer(status, body, fault, **headers)

    def _go_on(self, status, **headers):
        self.send_response(status)
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        while not self.files.released.is_set():
            self.wfile.write(f"{BLOCK:x}\r\n".encode() + bytes(BLOCK) + b"\r\n")
            self.files.add(BLOCK)

    def _answer(self, status, body, fault=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if fault in ("cut", "stall"):
            self._send(body[: len(body) // 2])
            self.close_connection = True
            if fault == "stall":
                self.files.released.wait(60)
            return
        pause = 0.05 if fault == "slow" else 0
        for first in range(0, len(body), BLOCK):
            self._send(body[first : first + BLOCK])
            time.sleep(pause)

    def _send(self, block):
        # first: the client may look as soon as it has the block
        self.files.add(len(block))
        self.wfile.write(block)
        self.wfile.flush()


class XrootdServer:
    """A real XRootD server for a folder."""

    def __init__(self, folder):
        # a short name, as sockets are made in it
        self._place = Path(tempfile.mkdtemp(prefix="xrootd"))
        self.port = find_port()
        self._process = None
        self._folder = folder
        self.start()

    def _configure(self):
        """What one server leaves behind, the next one may not touch: each has its own place."""
        place = Path(tempfile.mkdtemp(dir=self._place))
        config = place / "server.cfg"
        config.write_text(
            f"all.export / r/o\noss.localroot {self._folder}\nall.adminpath {place}\n"
            f"all.pidpath {place}\nxrd.port {self.port}\nxrd.network nodnr\n"
        )
        return config

    def start(self):
        config = self._configure()
        command = [XROOTD, "-c", str(config), "-n", "test"]
        if os.getuid() == 0:  # it refuses to run as root
            command = [*AS_NOBODY, *command]
        with (self._place / "log").open("a") as log:
            self._process = subprocess.Popen(
                command, cwd=config.parent, stdout=log, stderr=subprocess.STDOUT
            )
        for _ in range(500):
            with suppress(OSError), socket.create_connection((HOST, self.port), 1):
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"xrootd does not start: {(self._place / 'log').read_text()[-3000:]}")

    def address(self, path):
        return f"root://{HOST}:{self.port}//{path}"

    def kill(self):
        self._process.kill()
        self._process.wait()

    def stop(self):
        self.kill()
        shutil.rmtree(self._place, ignore_errors=True)

    def freeze(self):
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED)  # each of its threads

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)


class ObjectServer:
    """A server that speaks the protocol S3, with one bucket; see `enter` for who may read it."""

    BUCKET = "ntuples"

    def __init__(self):
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer(ip_address=HOST, port=0, verbose=False)
        self._server.start()
        self.port = self._server.get_host_and_port()[1]

    def enter(self, monkeypatch, port=None):
        """Set the variables by which its users find it, perhaps behind a relay."""
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{HOST}:{port or self.port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "known")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def put(self, key, content):
        import boto3

        client = boto3.client("s3")
        client.create_bucket(Bucket=self.BUCKET)
        client.put_object(Bucket=self.BUCKET, Key=key, Body=content)

    def address(self, key):
        return f"s3://{self.BUCKET}/{key}"

    def stop(self):
        self._server.stop()


class Relay:
    """Passes connections on to a server, and ends each after some bytes of answers.

    `limits` holds these numbers of bytes, first for the first connection; None is no limit, which
    also holds for all connections after them.
    """

    def __init__(self, target, limits=(), *, hold=False):
        self.limits = deque(limits)
        self.connections = 0
        self.sent = 0  # bytes, both ways
        self._target, self._hold = target, hold
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        self._sockets = []
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        for one in (self._listener, *self._sockets):
            _end(one)

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                server = socket.create_connection((HOST, self._target))
                self._sockets += [client, server]
                limit = self.limits.popleft() if self.limits else None
                for source, sink, most in ((client, server, None), (server, client, limit)):
                    threading.Thread(
                        target=self._pass, args=(source, sink, most), daemon=True
                    ).start()

    def _pass(self, source, sink, most):
        with suppress(OSError):
            while block := source.recv(4096 if most is None else min(4096, most)):
                sink.sendall(block)
                self.sent += len(block)
                if most is not None:
                    most -= len(block)
                    if most <= 0:
                        break
        if most is None or not self._hold:
            _end(source)
            _end(sink)


def _end(one):
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


def find_port():
    with socket.create_server((HOST, 0)) as one:
        return one.getsockname()[1]
