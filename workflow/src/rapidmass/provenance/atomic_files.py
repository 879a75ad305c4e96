"""Files that appear whole or not at all."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def write_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that takes its place only on success.

    Parameters
    ----------
    path
        Where the finished file shall appear. Its folder is made if absent.

    Yields
    ------
    Path
        A name in the same folder (so that the final rename is atomic) with the same suffix
        (so that writers that look at it behave). It is removed if the block raises.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # processes on several machines may have one number
    number = f"{os.getpid()}{int.from_bytes(os.urandom(4)):010}"
    temporary = path.with_name(f".{path.stem}.{number}{path.suffix}")
    try:
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write `content` as indented JSON, whole or not at all.

    Parameters
    ----------
    path
        The file to write.
    content
        What to write. NaN and infinity are refused: JSON has no word for them.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    text = json.dumps(content, indent=1, allow_nan=False)
    with write_whole(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Parameters
    ----------
    path
        The file to read.

    Returns
    -------
    dict
        Its content.

    Raises
    ------
    ValueError
        If the file is not a JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    # what is no text, numbers without end, or brackets in brackets without end are no JSON either
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{path} is not valid JSON ({error}); remove it to have it rebuilt"
        ) from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds a {type(content).__name__}, not an object")
    return content


def shelter(path: str, folder: Path) -> str:
    """Give a path without braces to a file.

    Parameters
    ----------
    path
        The file.
    folder
        Where to put a link, if there are braces in the path.

    Returns
    -------
    str
        The path itself, or that of the link: the same for the same path.
    """
    if not {"{", "}"} & set(path):
        return path
    target = Path(path).absolute()
    name = target.name.replace("{", "(").replace("}", ")")
    link = folder / hashlib.sha256(str(target).encode()).hexdigest()[:16] / name
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        temporary = link.with_name(f".{os.getpid()}")
        temporary.symlink_to(target)
        temporary.replace(link)
    return str(link)
