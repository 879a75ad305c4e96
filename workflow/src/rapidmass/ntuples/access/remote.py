"""Files over the network: ranges of bytes, asked for again where an answer fails."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from fsspec.asyn import AsyncFileSystem, get_loop

from rapidmass.ntuples.access.answers import describe_failure, is_absent, is_final
from rapidmass.provenance.addresses import redact_address

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Range = tuple[int, int]

PIECE = 8 << 20  # bytes that are asked for at once, and lost when a connection dies
CONNECTIONS = 8  # of one job to one server
SLOWEST = 16 << 10  # bytes a second; below, a server counts as silent
FIRST_PAUSE = 2.0  # seconds before the second attempt; doubled before each further one
LONGEST_PAUSE = 120.0


class TransferError(OSError):
    """Bytes that no attempt could get."""


class RemoteFile:
    """A file on a server, open for reading; to be closed after use.

    Parameters
    ----------
    location
        An address that begins with `https://`, `http://`, `root://` or `s3://`.
    attempts
        How often each piece is asked for.
    timeout
        Seconds to wait for an answer.

    Raises
    ------
    FileNotFoundError
        If the server does not have it.
    TransferError
        If no attempt gets an answer.
    """

    def __init__(self, location: str, *, attempts: int, timeout: float) -> None:
        self.location = location
        self._attempts, self._timeout = attempts, timeout
        self._gate = asyncio.Semaphore(CONNECTIONS)
        self._running: set[Future[Any]] = set()
        self._info: dict[str, Any] = {}
        self._files, self._path = self._connect()
        try:
            info = self._run(self._insist("its size", self._measure, self._timeout)).result()
        except BaseException:
            self.close()
            raise
        self._info = info
        self.size: int = info["size"]
        self.has_ranges: bool = info.get("ranges", True)
        """Whether the server gives parts of files; else only `copy` works."""
        self.version = f"{self.size} {info.get('ETag') or info.get('mtime')}"
        """Changes when the file does, as far as the server tells."""

    def close(self) -> None:
        """Give up what was asked for, and close the connections."""
        for future in tuple(self._running):
            future.cancel()
        self._disconnect(self._files)

    def read(self, start: int, stop: int) -> bytes:
        """Read a range.

        Parameters
        ----------
        start, stop
            First byte, and the one after the last.

        Returns
        -------
        bytes
            All of them.

        Raises
        ------
        TransferError
            If no attempt gets them.
        """
        return self.submit([(start, stop)]).result()[0]

    def submit(self, ranges: Sequence[Range]) -> Future[list[bytes]]:
        """Ask for ranges without waiting for them.

        Parameters
        ----------
        ranges
            First byte of each, and the one after the last.

        Returns
        -------
        Future
            The bytes of each, or a TransferError.
        """
        return self._run(self._fetch(ranges))

    def copy(self, target: Path) -> None:
        """Copy the whole file in one go.

        Parameters
        ----------
        target
            The local file to write; what it holds is lost.

        Raises
        ------
        TransferError
            If no attempt succeeds.
        """

        async def copy(files: AsyncFileSystem) -> None:
            await files._get_file(self._path, str(target))
            if target.stat().st_size != self.size:
                raise OSError(f"{target.stat().st_size} of {self.size} bytes came")

        self._run(self._insist("the whole file", copy, self._allow(self.size))).result()

    def _run(self, task: Coroutine[Any, Any, Answer]) -> Future[Answer]:
        future = asyncio.run_coroutine_threadsafe(task, get_loop())
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return future

    def _connect(self) -> tuple[AsyncFileSystem, str]:
        # imported where they are needed: most jobs read local files
        if self.location.startswith("root://"):
            from rapidmass.ntuples.access.xrootd import open_server

            return open_server(self.location, self._timeout, math.ceil(self._allow(PIECE)))
        if self.location.startswith("s3://"):
            from rapidmass.ntuples.access.s3 import ObjectStore

            return ObjectStore.open(self._timeout, self._info.get("ETag")), self.location
        from rapidmass.ntuples.access.http import RangeFileSystem

        return RangeFileSystem.open(self._timeout, self._info.get("seen")), self.location

    def _disconnect(self, files: AsyncFileSystem) -> None:
        with suppress(Exception):  # what is broken cannot be closed
            files.invalidate_cache(self._path)

    def _allow(self, size: int) -> float:
        return self._timeout + size / SLOWEST

    async def _measure(self, files: AsyncFileSystem) -> dict[str, Any]:
        info: dict[str, Any] = await files._info(self._path)
        if info.get("type") == "directory":  # of an object store: the beginning of other names
            raise FileNotFoundError(f"{redact_address(self.location)} is a folder")
        return info

    async def _fetch(self, ranges: Sequence[Range]) -> list[bytes]:
        pieces = [list(_cut(*limits)) for limits in ranges]
        flat = [piece for some in pieces for piece in some]
        several = self.location.startswith("root://")  # ranges in one request
        groups = list(_group(flat)) if several else [[piece] for piece in flat]
        tasks = [asyncio.ensure_future(self._fetch_group(group)) for group in groups]
        try:
            answers = await asyncio.gather(*tasks)
        finally:
            for task in tasks:  # when one has failed
                task.cancel()
        parts = iter([part for answer in answers for part in answer])
        return [b"".join(next(parts) for _ in some) for some in pieces]

    async def _fetch_group(self, ranges: list[Range]) -> list[bytes]:
        starts, stops = [start for start, _ in ranges], [stop for _, stop in ranges]

        async def ask(files: AsyncFileSystem) -> list[bytes]:
            paths = [self._path] * len(ranges)
            parts: list[bytes] = await files._cat_ranges(paths, starts, stops, on_error="raise")
            for start, stop, part in zip(starts, stops, parts, strict=True):
                if len(part) != stop - start:
                    raise OSError(f"{len(part)} bytes came instead of {stop - start}")
            return parts

        what = f"bytes {starts[0]} to {stops[-1]}"
        size = sum(stops) - sum(starts)
        async with self._gate:
            return await self._insist(what, ask, self._allow(size))

    async def _insist(
        self, what: str, ask: Callable[[AsyncFileSystem], Awaitable[Answer]], limit: float
    ) -> Answer:
        """Ask until there is an answer, over a new connection each time."""
        pause = FIRST_PAUSE
        for attempt in range(1, self._attempts + 1):
            files = self._files
            try:
                return await asyncio.wait_for(ask(files), limit)
            except Exception as error:
                reason = describe_failure(error, limit)
                if is_absent(error):
                    raise FileNotFoundError(reason) from error
                if is_final(error):
                    raise TransferError(f"the request for {what} is refused: {reason}") from error
                if attempt == self._attempts:
                    raise TransferError(
                        f"no answer to {attempt} requests for {what}: {reason}"
                    ) from error
            logger.warning(
                "%s: request %d of %d for %s failed (%s); the next one follows in %g s",
                redact_address(self.location), attempt, self._attempts, what, reason, pause,
            )  # fmt: skip
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            if self._files is files:  # else another request has reconnected
                await asyncio.to_thread(self._reconnect)
        raise AssertionError("there is at least one attempt")

    def _reconnect(self) -> None:
        broken = self._files
        self._files, self._path = self._connect()
        self._disconnect(broken)


def _cut(start: int, stop: int) -> Iterator[Range]:
    for first in range(start, stop, PIECE):
        yield first, min(first + PIECE, stop)


def _group(pieces: Sequence[Range]) -> Iterator[list[Range]]:
    """Put pieces together as long as they are small enough to be asked for at once."""
    group: list[Range] = []
    size = 0
    for start, stop in pieces:
        if group and size + stop - start > PIECE:
            yield group
            group, size = [], 0
        group.append((start, stop))
        size += stop - start
    if group:
        yield group
