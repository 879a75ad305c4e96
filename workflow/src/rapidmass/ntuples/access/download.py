"""Whole copies of files on servers, checked, and continued where they were cut off."""

import fcntl
import logging
import os
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import replace
from glob import escape
from pathlib import Path
from typing import BinaryIO

from rapidmass.ntuples.access.remote import PIECE, RemoteFile
from rapidmass.ntuples.access.sources import (
    NtupleError,
    Source,
    UnreachableError,
    add_up,
    check_content,
    compare_checksum,
    connect,
    name_errors,
)
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.storage.event_keys import hash_text

logger = logging.getLogger(__name__)

AHEAD = 3  # pieces that are asked for before they can be written
EMPTY = 1  # Adler-32 checksum of no bytes
MARKS = 10  # messages of progress for a file


def fetch(source: Source, output: Path, *, keep_bad: bool = False) -> None:
    """Copy a file from its server.

    What came is kept in a hidden file beside the copy, until that is complete: a later attempt,
    also of another job, goes on from there, if the file on the server is still the same.

    Parameters
    ----------
    source
        A remote file.
    output
        Where the copy appears, as a whole and after it was checked.
    keep_bad
        Whether a copy appears also if its size or checksum stay wrong, and an empty file if the
        server does not have it, with a warning: for those who leave out bad files later.

    Raises
    ------
    NtupleError
        If the file does not exist, or its size or checksum are not those of the sample sheet, also
        not when it is fetched for a second time.
    UnreachableError
        If the server does not answer. What came is kept.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = connect(replace(source, size=None) if keep_bad else source)
    except UnreachableError:
        raise
    except NtupleError as error:
        if not keep_bad:
            raise
        logger.warning("%s; an empty file stands for it", error)
        with write_whole(output) as temporary:
            temporary.touch()
        return
    with connection as remote, name_errors(source, f"{source} cannot be copied; what came is kept"):
        _copy_checked(source, remote, output, keep_bad=keep_bad)
    logger.info("%s: %d bytes copied to %s", source, remote.size, output)


def _copy_checked(source: Source, remote: RemoteFile, output: Path, *, keep_bad: bool) -> None:
    part = _name_part(source, remote, output)
    if keep_bad and source.size not in (None, remote.size):
        logger.warning("%s has %d bytes, not %d", source, remote.size, source.size)
    with _hold(part) as stream:
        if stream is None:  # another run has made it meanwhile
            if not keep_bad:
                check_content(replace(source, location=str(output)))
            return
        _complete(source, remote, part, stream, keep_bad=keep_bad)
        stream.flush()
        os.fsync(stream.fileno())
        part.replace(output)


def _complete(
    source: Source, remote: RemoteFile, part: Path, stream: BinaryIO, *, keep_bad: bool
) -> None:
    """Write what is missing; start again once if the whole turns out wrong."""
    for last in (False, True):
        total = _append(remote, part, stream) if remote.has_ranges else _copy(remote, part)
        try:
            compare_checksum(source, total)
            return
        except NtupleError as error:
            if not last:
                logger.warning("%s; it is fetched again", error)
                stream.truncate(0)
            elif keep_bad:
                logger.warning("%s", error)
            else:
                stream.truncate(0)
                raise


def _append(remote: RemoteFile, part: Path, stream: BinaryIO) -> int:
    """Append what is missing, and give the checksum of all."""
    start = part.stat().st_size
    if start:
        logger.info("%s: goes on after %d of %d bytes", remote.location, start, remote.size)
    total = add_up(part) if start else EMPTY
    waiting: deque[Future[list[bytes]]] = deque()
    firsts = iter(range(start, remote.size, PIECE))
    done = start
    while True:
        while len(waiting) < AHEAD and (first := next(firsts, None)) is not None:
            waiting.append(remote.submit([(first, min(first + PIECE, remote.size))]))
        if not waiting:
            return total
        (block,) = waiting.popleft().result()
        stream.write(block)
        stream.flush()
        total = zlib.adler32(block, total)
        done += len(block)
        if done * MARKS // remote.size > (done - len(block)) * MARKS // remote.size:
            logger.info("%s: %d of %d bytes", remote.location, done, remote.size)


def _copy(remote: RemoteFile, part: Path) -> int:
    logger.info("%s: the server gives the whole file only, in one go", remote.location)
    remote.copy(part)
    return add_up(part)


def _name_part(source: Source, remote: RemoteFile, output: Path) -> Path:
    """Name what is there of a copy, after the content; what is of other content is removed."""
    content = hash_text(source.adler32 or remote.version)
    part = output.with_name(f".{output.name}.{remote.size}-{content:016x}.part")
    for other in output.parent.glob(f".{escape(output.name)}.*.part"):
        if other != part:
            other.unlink(missing_ok=True)
    return part


@contextmanager
def _hold(part: Path) -> Iterator[BinaryIO | None]:
    """Open a part for appending, alone; None if another process has completed it meanwhile."""
    with part.open("ab") as stream:
        with suppress(OSError):  # some file systems have no locks
            fcntl.flock(stream, fcntl.LOCK_EX)
        same = part.exists() and os.path.samestat(part.stat(), os.fstat(stream.fileno()))
        yield stream if same else None
