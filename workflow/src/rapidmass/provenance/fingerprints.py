"""What tells whether a file is still the same: identity of inputs, digest of products."""

import hashlib
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from rapidmass.provenance.atomic_files import read_json, write_whole

logger = logging.getLogger(__name__)

WHOLE = 8 * 2**20
"""Bytes up to which a file is read as a whole."""
PIECE, PIECES = 2**18, 16
YOUNG = 2 * 10**9
"""Nanoseconds until a file's time tells of a later change, where times are in seconds."""
# Snakemake dates folders that are outputs with a file. A file that is open when it is removed stays
# on NFS under another name until it is closed.
IGNORED = re.compile(r"\.snakemake_timestamp|\.nfs[0-9A-Fa-f]+")


def identify_file(path: Path) -> str:
    """Identify an input file by what is in it, whatever its name, place and time.

    Up to 8 MiB the whole file counts. Of a larger one its size and 16 pieces of 256 KiB are read,
    evenly spaced from its first byte to its last. A ROOT file has its UUID, the times of its
    directories and pointers to all that it holds in the first piece, and its list of keys in the
    last; whoever writes a ROOT file changes them, and nearly always its size. Reading terabytes
    to see the same would take hours.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    str
        Its size and 32 hexadecimal digits.
    """
    size = path.stat().st_size
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        if size <= WHOLE:
            digest.update(stream.read())
        else:
            for index in range(PIECES):
                stream.seek(index * (size - PIECE) // (PIECES - 1))
                digest.update(stream.read(PIECE))
    return f"{size}-{digest.hexdigest()[:32]}"


def digest_product(path: Path) -> str:
    """Digest all content of a product: a file, or a folder with all that is in it.

    Parameters
    ----------
    path
        The product.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.
    """
    if not path.is_dir():
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    found = [(str(file.relative_to(path)), digest_product(file)) for file in _list_files(path)]
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def _list_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not IGNORED.fullmatch(path.name):
            yield path


def stamp(path: Path) -> list[int]:
    """Note the cheap signs of a change: size, times of content and of inode, inode number.

    Parameters
    ----------
    path
        A file or a folder.

    Returns
    -------
    list
        Equal as long as nothing was written. The time of the inode cannot be set back.
    """
    marks = []
    for file in _list_files(path) if path.is_dir() else [path]:
        state = file.stat()
        marks += [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino]
    return marks


def _may_change_unseen(path: Path) -> bool:
    """Tell whether a file is so young that times in whole seconds could hide another change."""
    written = path.stat().st_mtime_ns
    return written % 10**9 == 0 and time.time_ns() - written < YOUNG


class Memory:
    """Fingerprints of files that have not been written to since they were read.

    Parameters
    ----------
    path
        Where to keep them between runs. It can be deleted at any time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, object] = {}
        self._changed = False
        with suppress(OSError, ValueError):  # absent or damaged: everything is read anew
            self._known = read_json(path)

    def recall(self, path: Path, compute: Callable[[Path], str]) -> str:
        """Get a fingerprint, from memory if the file was not written to since.

        Parameters
        ----------
        path
            A file or folder.
        compute
            `identify_file` or `digest_product`.

        Returns
        -------
        str
            The fingerprint.
        """
        marks, key = stamp(path), f"{compute.__name__} {path}"
        match self._known.get(key):
            case [known, str(fingerprint)] if known == marks:
                return fingerprint
        fingerprint = compute(path)
        if not _may_change_unseen(path):
            self._known[key] = [marks, fingerprint]
            self._changed = True
        return fingerprint

    def save(self) -> None:
        """Keep the fingerprints for the next run; where that fails, it reads more files."""
        if not self._changed:
            return
        try:
            with write_whole(self._path) as temporary:  # without indentation: it can be long
                temporary.write_text(json.dumps(self._known), encoding="utf-8")
        except OSError as error:  # a full disk, a folder that is only read
            logger.warning("fingerprints of files are not kept: %s", error)
        self._changed = False
