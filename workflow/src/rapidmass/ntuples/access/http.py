"""Ranges of files over HTTP, from servers that may not serve what they are asked for."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from fsspec.implementations.http import HTTPFileSystem

CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
PARTIAL, CHANGED = 206, 412
VALIDATORS = ("ETag", "Last-Modified")  # the first that two answers have decides
ANOTHER = "the file changed while it was read; start again"


class RangeFileSystem(HTTPFileSystem):  # type: ignore[misc]
    """One file over HTTP, of which only what was asked for is taken.

    What came first tells which version it is, and no other one is read.
    """

    _session: aiohttp.ClientSession | None
    seen: Mapping[str, str] | None = None

    @classmethod
    def open(cls, timeout: float, seen: Mapping[str, str] | None) -> "RangeFileSystem":
        """Make one with connections of its own.

        Parameters
        ----------
        timeout
            Seconds to wait for a connection, and for the next bytes of an answer.
        seen
            What the server said of the version of the file, if it was asked before.
        """
        patience = aiohttp.ClientTimeout(total=None, sock_connect=timeout, sock_read=timeout)
        store = cls(
            skip_instance_cache=True,
            client_kwargs={
                "timeout": patience,
                "trust_env": True,  # proxies
                "headers": {"Accept-Encoding": "identity"},  # a packed range is of another length
            },
        )
        store.seen = seen
        return store

    def invalidate_cache(self, path: str | None = None) -> None:
        """Close the connections: nothing else is kept."""
        super().invalidate_cache(path)
        if self._session is not None:
            self.close_session(self.loop, self._session)
            self._session = None

    async def _info(self, url: str, **_: object) -> dict[str, Any]:
        async with self._ask(url, (0, 1)) as answer:
            size = answer.content_length
            if answer.status == PARTIAL:
                size = _read_range(answer)[2]
            if size is None:
                raise OSError("the server does not tell the size")
            told = {name: answer.headers[name] for name in VALIDATORS if name in answer.headers}
            self.seen = {**told, "size": str(size)}
            return {
                "name": url,
                "type": "file",
                "size": size,
                "ranges": answer.status == PARTIAL,
                "ETag": told.get("ETag") or told.get("Last-Modified"),
                "seen": self.seen,
            }

    async def _cat_file(
        self, url: str, start: int | None = None, end: int | None = None, **_: object
    ) -> bytes:
        if start is None or end is None:
            raise ValueError("only ranges are read")
        async with self._ask(url, (start, end)) as answer:
            if answer.status != PARTIAL:
                raise OSError(f"the server answers {answer.status} to a request for a range")
            first, last, size = _read_range(answer)
            if self.seen is not None and str(size) != self.seen["size"]:
                raise PermissionError(ANOTHER)
            if (first, last) != (start, end - 1):
                raise OSError(f"the server sends bytes {first} to {last + 1}")
            return b"".join([block async for block in _take(answer, end - start)])

    async def _get_file(self, rpath: str, lpath: str, **_: object) -> None:
        async with self._ask(rpath) as answer:
            if answer.content_length is None:
                raise OSError("the server does not tell the size")
            with Path(lpath).open("wb") as stream:
                async for block in _take(answer, answer.content_length):
                    stream.write(block)

    @asynccontextmanager
    async def _ask(
        self, url: str, limits: tuple[int, int] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        session = await self.set_session()
        headers = {"Range": f"bytes={limits[0]}-{limits[1] - 1}"} if limits else {}
        tag = (self.seen or {}).get("ETag", "")
        if tag.startswith('"'):  # a weak one never matches
            headers["If-Match"] = tag
        try:
            async with session.get(self.encode_url(url), headers=headers) as answer:
                if answer.status == CHANGED or (answer.ok and self._is_another(answer)):
                    raise PermissionError(ANOTHER)
                self._raise_not_found_for_status(answer, url)
                yield answer
        except aiohttp.NonHttpUrlRedirectClientError as error:
            raise PermissionError(f"the server sends on to {error}, which is no HTTP") from error

    def _is_another(self, answer: aiohttp.ClientResponse) -> bool:
        """Tell whether an answer is of another version than the one that came first."""
        seen = self.seen or {}
        for name in VALIDATORS:
            if name in seen and name in answer.headers:
                return bool(seen[name] != answer.headers[name])
        return False


async def _take(answer: aiohttp.ClientResponse, size: int) -> AsyncIterator[bytes]:
    """Take no more of a body than was asked for: it may have no end."""
    left = size
    async for block in answer.content.iter_any():
        left -= len(block)
        if left < 0:
            answer.close()
            raise OSError(f"the server sends more than the {size} bytes that were asked for")
        yield block


def _read_range(answer: aiohttp.ClientResponse) -> tuple[int, int, int]:
    text = answer.headers.get("Content-Range", "")
    found = CONTENT_RANGE.fullmatch(text)
    if found is None:
        raise OSError(f"the server does not tell which range it sends: {text!r}")
    first, last, size = map(int, found.groups())
    return first, last, size
