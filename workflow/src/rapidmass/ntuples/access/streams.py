"""What uproot reads remote files from."""

from queue import Queue
from typing import Any

import uproot
from uproot.source.chunk import Chunk
from uproot.source.coalesce import CoalesceConfig, coalesce_requests
from uproot.source.futures import TrivialFuture

from rapidmass.ntuples.access.remote import PIECE, Range, RemoteFile

GAP = 32 << 10  # bytes between baskets that are read rather than asked for apart


class RemoteSource(uproot.source.chunk.Source):  # type: ignore[misc]
    """What uproot reads from: a remote file.

    Parameters
    ----------
    location
        Its address.
    remote
        The file.
    options
        Others that uproot has, for other kinds of sources.
    """

    def __init__(self, location: str, *, remote: RemoteFile, **options: Any) -> None:  # noqa: ANN401, ARG002
        super().__init__()
        self._file_path = location
        self._remote = remote
        self._closed = False

    @property
    def num_bytes(self) -> int:
        """Size of the file."""
        return self._remote.size

    @property
    def version(self) -> str:
        """What changes when the file does, as far as its server tells."""
        return self._remote.version

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def __enter__(self) -> "RemoteSource":
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True

    def chunk(self, start: int, stop: int) -> Chunk:
        """Read one range, as far as the file goes."""
        self._count([(start, stop)])
        data = self._remote.read(start, min(stop, self._remote.size))
        return Chunk(self, start, stop, TrivialFuture(data))

    def chunks(self, ranges: list[Range], notifications: Queue[Chunk]) -> list[Chunk]:
        """Ask for many ranges; those close to each other are asked for as one."""
        self._count(ranges)
        beyond = max((stop for _, stop in ranges), default=0)
        if beyond > self._remote.size:
            raise OSError(
                f"byte {beyond} is wanted of {self._file_path}, which has {self._remote.size}: "
                "the file is damaged"
            )
        config = CoalesceConfig(max_range_gap=GAP, max_request_bytes=PIECE)
        chunks: list[Chunk] = coalesce_requests(
            ranges, self._remote.submit, self, notifications, config
        )
        return chunks

    def _count(self, ranges: list[Range]) -> None:
        if self._closed:
            raise OSError(f"{self._file_path} is closed")
        self._num_requests += 1
        self._num_requested_chunks += len(ranges)
        self._num_requested_bytes += sum(stop - start for start, stop in ranges)
