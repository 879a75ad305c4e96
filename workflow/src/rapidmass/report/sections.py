"""Parts of the page, and how a study hands over its own."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.report.formatting import Table

FILE = "section.json"


@dataclass(frozen=True)
class Figure:
    """A figure of the page.

    Parameters
    ----------
    path
        Its PNG file.
    title
        A few words, also for who cannot see it.
    caption
        What is seen, and how to read it.
    """

    path: Path
    title: str
    caption: str

    @property
    def source(self) -> str:
        """The image itself, as the address of an `img` element.

        Raises
        ------
        ValueError
            If the figure has not been drawn.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            raise ValueError(f"figure {self.path} is missing: draw it before the report") from None
        return f"data:image/png;base64,{b64encode(content).decode('ascii')}"


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Parameters
    ----------
    anchor
        Name of the place, for links.
    title
        Its heading.
    text
        Paragraphs.
    tables, figures
        What it shows.
    sections
        Parts of the part.
    small
        Whether figures stand side by side.
    """

    anchor: str
    title: str
    text: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    sections: tuple["Section", ...] = field(default=())
    small: bool = False


class Drawing(Protocol):
    """What the module `rapidmass.studies.<key>.draw` of each study has as `draw_section`."""

    def __call__(
        self, folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
    ) -> Section:
        """Draw what a study found in one selection, and describe it.

        Parameters
        ----------
        folder
            Where the figures go.
        settings
            Settings of the job.
        inputs
            Files that it reads, by name.

        Returns
        -------
        Section
            Words, tables and figures.
        """


def write_section(folder: Path, section: Section) -> None:
    """Write a section beside its figures.

    Parameters
    ----------
    folder
        Where its figures lie, or a folder above.
    section
        What to write.

    Raises
    ------
    ValueError
        If a figure is missing or lies elsewhere.
    """
    write_json(folder / FILE, _describe(folder, section))


def _describe(folder: Path, section: Section) -> dict[str, Any]:
    for figure in section.figures:
        if not figure.path.is_file() or not figure.path.is_relative_to(folder):
            raise ValueError(f"section {section.title}: there is no figure {figure.path}")
    return {
        "anchor": section.anchor,
        "title": section.title,
        "text": list(section.text),
        "tables": [
            {**asdict(t), "rows": [list(row) for row in t.rows], "marked": sorted(t.marked)}
            for t in section.tables
        ],
        "figures": [
            {**asdict(f), "path": f.path.relative_to(folder).as_posix()} for f in section.figures
        ],
        "sections": [_describe(folder, part) for part in section.sections],
        "small": section.small,
    }


def read_section(folder: Path, prefix: str = "") -> Section:
    """Read a section that a study wrote.

    Parameters
    ----------
    folder
        Where `write_section` wrote it.
    prefix
        Put before its anchors, so that sections of several selections can stand on one page.

    Returns
    -------
    Section
        With paths of its figures.
    """
    return _parse(folder, prefix, read_json(folder / FILE))


def _parse(folder: Path, prefix: str, block: Mapping[str, Any]) -> Section:
    return Section(
        anchor=f"{prefix}{block['anchor']}",
        title=block["title"],
        text=tuple(block["text"]),
        tables=tuple(
            Table(**{**t, "columns": tuple(t["columns"]), "marked": frozenset(t["marked"])})
            for t in block["tables"]
        ),
        figures=tuple(Figure(**{**f, "path": folder / f["path"]}) for f in block["figures"]),
        sections=tuple(_parse(folder, prefix, part) for part in block["sections"]),
        small=block["small"],
    )
