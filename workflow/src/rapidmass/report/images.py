"""Images of figures, in pages and in the file that is sent."""

import io
import os
import struct
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from PIL import Image as Picture

from rapidmass.provenance.records import find_record
from rapidmass.report.sections import Figure

WIDTH = 640  # pixels of an image in the single file
QUALITY = 50  # of its compression, per cent
LARGEST = 6.5e6  # bytes of all images in the single file, which are a third larger as text
HEADER = struct.Struct(">16xII")  # width and height of a PNG file


class Image(NamedTuple):
    """How a figure is shown.

    Parameters
    ----------
    number
        Of the figure.
    source
        Address of the image; None if it is left out.
    width, height
        In pixels.
    links
        Addresses of what belongs to it, by word: the figure itself, its PDF, its numbers, and
        its history.
    """

    number: int
    source: str | None
    width: int
    height: int
    links: Mapping[str, str]


class Images(Protocol):
    """What makes an image of a figure."""

    def show(self, figure: Figure) -> Image:
        """Make the image."""


class LinkedImages:
    """Images that stay where they are.

    Parameters
    ----------
    folder
        Folder of the page.
    numbers
        Of the figures, by PNG file.
    """

    def __init__(self, folder: Path, numbers: Mapping[Path, int]) -> None:
        self._folder, self._numbers = folder, numbers

    def show(self, figure: Figure) -> Image:
        """Link an image and what lies beside it.

        Raises
        ------
        ValueError
            If the figure has not been drawn.
        """
        source = self._link(figure.path)
        found = {
            "PDF": figure.path.with_suffix(".pdf"),
            "numbers": figure.path.with_suffix(".json"),
            "history": _find_record(figure.path),
        }
        links = {word: self._link(path) for word, path in found.items() if path and path.is_file()}
        return Image(self._numbers[figure.path], source, *_read_size(figure), links)

    def _link(self, path: Path) -> str:
        return Path(os.path.relpath(path, self._folder)).as_posix()


class EmbeddedImages:
    """Images in the page itself, smaller ones; what would make the file too large is left out.

    Parameters
    ----------
    numbers
        Of the figures, by PNG file.
    """

    def __init__(self, numbers: Mapping[Path, int]) -> None:
        self._numbers, self._size = numbers, 0
        self.left_out = 0

    def show(self, figure: Figure) -> Image:
        """Make an image small, and write it out as an address.

        Raises
        ------
        ValueError
            If the figure has not been drawn.
        """
        width, height = _read_size(figure)
        number = self._numbers[figure.path]
        if self._size > LARGEST:
            self.left_out += 1
            return Image(number, None, width, height, {})
        with Picture.open(figure.path) as picture:
            small = picture.convert("RGB")
        small.thumbnail((WIDTH, WIDTH * height))
        buffer = io.BytesIO()
        small.save(buffer, "webp", quality=QUALITY, method=2)
        self._size += buffer.tell()
        source = f"data:image/webp;base64,{b64encode(buffer.getvalue()).decode('ascii')}"
        return Image(number, source, *small.size, {})


def _read_size(figure: Figure) -> tuple[int, int]:
    try:
        with figure.path.open("rb") as stream:
            width, height = HEADER.unpack(stream.read(HEADER.size))
    except FileNotFoundError:
        raise ValueError(f"figure {figure.path} is missing: draw it before the report") from None
    except struct.error:
        raise ValueError(f"figure {figure.path} is damaged: delete it, and run again") from None
    return width, height


def _find_record(path: Path) -> Path | None:
    """Find the record of a file, or of the folder that it is a part of."""
    places = [place for place in (path, *path.parents) if place.name]
    return next((record for record in map(find_record, places) if record.is_file()), None)
