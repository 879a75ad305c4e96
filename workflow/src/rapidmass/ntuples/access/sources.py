"""Files with events, wherever they lie."""

import errno
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import uproot

from rapidmass.ntuples.access.remote import RemoteFile, TransferError
from rapidmass.ntuples.access.streams import RemoteSource
from rapidmass.provenance.addresses import is_address, redact, redact_address

# errors of the machine and its file systems, which another attempt may not meet
PASSING = frozenset(
    {
        errno.EACCES, errno.EPERM, errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENFILE,
        errno.ETIMEDOUT, errno.ENOTCONN, errno.ENOMEM,
    }
)  # fmt: skip
LONGEST = 300  # characters of an error of another library
BLOCK = 1 << 22  # bytes of a file that are read at once to add them up


class NtupleError(ValueError):
    """An ntuple that cannot be used; the message names the file and what to do."""


class UnreachableError(NtupleError):
    """An ntuple that cannot be reached now: no fault of the file.

    Its server gives no, or no complete answer; or this machine may not, or cannot read it.
    """


@dataclass(frozen=True)
class Source:
    """A ROOT file: where it lies, and what is known of it beforehand.

    Parameters
    ----------
    location
        A path, or an address that begins with `https://`, `http://`, `root://` or `s3://`.
    size
        Bytes that it must have; None if that is not known.
    adler32
        Its Adler-32 checksum, eight hexadecimal digits; None if that is not known.
    attempts
        How often a piece is asked for over the network.
    timeout
        Seconds to wait for an answer of a server.
    """

    location: str
    size: int | None = None
    adler32: str | None = None
    attempts: int = 5
    timeout: float = 60.0

    @classmethod
    def parse(cls, settings: Mapping[str, Any]) -> "Source":
        """Make a source from the settings of a job.

        Parameters
        ----------
        settings
            Fields by name; those that are absent take their default.

        Returns
        -------
        Source
            The file.

        Raises
        ------
        TypeError
            If there is a field that is unknown, or none for the location.
        """
        return cls(**settings)

    @property
    def name(self) -> str:
        """Name of the file, without folders, server and query."""
        path = urlsplit(self.location).path if self.is_remote else self.location
        return PurePosixPath(path).name

    @property
    def is_remote(self) -> bool:
        """Whether it is read over the network."""
        return is_address(self.location)

    def __str__(self) -> str:
        return redact_address(self.location)


@contextmanager
def open_file(source: Source) -> Iterator[uproot.ReadOnlyDirectory]:
    """Open a ROOT file.

    Parameters
    ----------
    source
        The file.

    Yields
    ------
    uproot.ReadOnlyDirectory
        What it holds.

    Raises
    ------
    NtupleError
        If it cannot be read, or does not have the size that it must have.
    UnreachableError
        If its server does not answer.
    """
    with ExitStack() as stack:
        with name_errors(source, f"{source} cannot be read as a ROOT file"):
            file = _open_remote(source, stack) if source.is_remote else _open_local(source)
            stack.enter_context(file)
            present, promised = file.file.source.num_bytes, file.file.fEND
        if present < promised:
            raise NtupleError(
                f"{source} is incomplete: it has {present} bytes, and says itself that it has "
                f"{promised}; fetch it again"
            )
        if not source.is_remote:
            stack.enter_context(hold_still(source))
        yield file


@contextmanager
def hold_still(source: Source) -> Iterator[None]:
    """Make sure that a file is the same one, and that nobody writes to it, while it is read.

    uproot opens it by its name for each read: it would go on in a file that takes its place.

    Parameters
    ----------
    source
        A file on disk.

    Raises
    ------
    UnreachableError
        If it changes, also in the place of an error that what came was damaged.
    """
    before = _look(source)
    damage = None
    try:
        yield
    except NtupleError as error:
        damage = error
    if _look(source) != before:
        raise UnreachableError(f"{source} changed while it was read; start the run again")
    if damage is not None:
        raise damage


def _look(source: Source) -> tuple[int, ...]:
    with name_errors(source, f"{source} cannot be read"):
        state = Path(source.location).stat()
        return state.st_size, state.st_mtime_ns, state.st_ino


@contextmanager
def name_errors(source: Source, problem: str) -> Iterator[None]:
    """Make errors within it say which file is meant.

    Parameters
    ----------
    source
        The file.
    problem
        What an error means for the user; names the file.

    Raises
    ------
    NtupleError
        For any error: those of decompression, deserialisation, and damaged headers have no common
        base. An UnreachableError if the server or this machine is to blame.
    """
    try:
        yield
    except NtupleError:
        raise
    except FileNotFoundError:
        raise NtupleError(f"{source} does not exist; correct the column 'files'") from None
    except TransferError as error:
        raise UnreachableError(f"{problem}: {error}") from error
    except Exception as error:
        if getattr(error, "errno", None) in PASSING:
            raise UnreachableError(f"{problem}: {shorten(error)}") from error
        raise NtupleError(f"{problem}: {shorten(error)}") from error


def _open_local(source: Source) -> uproot.ReadOnlyDirectory:
    path = Path(source.location)
    check_size(source, path.stat().st_size)
    return uproot.open({path: None}, array_cache=None)  # each array is used once


def _open_remote(source: Source, stack: ExitStack) -> uproot.ReadOnlyDirectory:
    remote = stack.enter_context(connect(source))
    if not remote.has_ranges:
        raise UnreachableError(
            f"{source} cannot be read from afar, as its server gives whole files only; set "
            "files.cache to a folder, into which it is copied first"
        )
    return uproot.open(
        {source.location: None}, array_cache=None, handler=RemoteSource, remote=remote
    )


def connect(source: Source) -> closing[RemoteFile]:
    """Connect to the server of a file.

    Parameters
    ----------
    source
        A remote file.

    Returns
    -------
    context manager
        Gives the file, and closes the connection.

    Raises
    ------
    NtupleError
        If it does not exist, or does not have the size that it must have.
    UnreachableError
        If the server does not answer.
    """
    with name_errors(source, f"{source} cannot be reached"):
        remote = RemoteFile(source.location, attempts=source.attempts, timeout=source.timeout)
    try:
        check_size(source, remote.size)
    except NtupleError:
        remote.close()
        raise
    return closing(remote)


def check_content(source: Source) -> None:
    """Make sure that a local file is the one that the sample sheet means.

    Parameters
    ----------
    source
        A local file. What is not known of it is not checked.

    Raises
    ------
    NtupleError
        If it cannot be read, or has another size or checksum; the message names both.
    """
    path = Path(source.location)
    with name_errors(source, f"{source} cannot be read"):
        check_size(source, path.stat().st_size)
        if source.adler32 is not None:
            compare_checksum(source, add_up(path))


def add_up(path: Path) -> int:
    """Compute the Adler-32 checksum of a file.

    Parameters
    ----------
    path
        A local file.

    Returns
    -------
    int
        The checksum, to be continued with `zlib.adler32`.
    """
    total = 1
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            total = zlib.adler32(block, total)
    return total


def compare_checksum(source: Source, found: int) -> None:
    """Compare a checksum with that of the sample sheet.

    Parameters
    ----------
    source
        The file.
    found
        Adler-32 checksum of what was read of it.

    Raises
    ------
    NtupleError
        If the sheet has another one.
    """
    if source.adler32 is not None and int(source.adler32, 16) != found:
        raise NtupleError(
            f"{source} has the Adler-32 checksum {found:08x}, and the sample sheet says "
            f"{source.adler32}: the file is damaged, or another one; fetch it again, or correct "
            "the column 'adler32'"
        )


def check_size(source: Source, size: int) -> None:
    """Make sure that a file is not empty, and has the size that it must have.

    Parameters
    ----------
    source
        The file.
    size
        Bytes that it has.

    Raises
    ------
    NtupleError
        If it has another one, or none.
    """
    if size == 0:
        raise NtupleError(
            f"{source} is empty; if it was copied from a server, the server does not have it"
        )
    if source.size is not None and size != source.size:
        raise NtupleError(
            f"{source} has {size} bytes, and the sample sheet says {source.size}: the file is "
            "incomplete, or another one; fetch it again, or correct the column 'size'"
        )


def shorten(error: BaseException) -> str:
    """Say in one line what went wrong.

    Parameters
    ----------
    error
        An error of another library, of many lines perhaps.

    Returns
    -------
    str
        Its kind, and the beginning of its first line, without secrets in addresses.
    """
    lines = [line for line in redact(str(error)).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:LONGEST]}" if lines else type(error).__name__
