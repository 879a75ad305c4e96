"""The report: pages that are read from disk, and one file with all of them to be sent."""

import logging
import os
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined

from rapidmass.provenance.atomic_files import write_whole
from rapidmass.report.images import EmbeddedImages, Images, LinkedImages
from rapidmass.report.overview import list_headlines
from rapidmass.report.pages import OVERVIEW, Page, list_pages
from rapidmass.report.products import RunProducts
from rapidmass.report.sections import Figure, Section

logger = logging.getLogger(__name__)

FOLDED = 10  # rows: longer tables are shown when they are asked for


class ReportFiles(NamedTuple):
    """Where the report goes.

    Parameters
    ----------
    first
        The first page. Figures are linked to where they lie, relative to it.
    pages
        Folder of all other pages, beside it.
    single
        One file with everything: self-contained, with smaller images.
    headlines
        The sentences of the first page, for the end of a run on the console.
    """

    first: Path
    pages: Path
    single: Path
    headlines: Path


def write_report(output: ReportFiles, run: RunProducts) -> None:
    """Write the report.

    Parameters
    ----------
    output
        Where it goes.
    run
        What it tells.

    Raises
    ------
    ValueError
        If a product is damaged or a figure is missing; the message names it.
    """
    pages = list_pages(run)
    numbers = _number_figures(pages)
    template = _Template(pages, run.title, run.start)
    # all of them are rendered before the first is written
    texts = {
        path: template.render(
            [page], _link_pages(pages, output, path), images, _link(output.single, path)
        )
        for page, path in ((page, _place(page, output)) for page in pages)
        for images in [LinkedImages(path.parent, numbers)]
    }
    embedded = EmbeddedImages(numbers)
    anchors = {page.name: f"#page-{page.name}" for page in pages}
    texts[output.single] = template.render(pages, anchors, embedded, "")
    texts[output.headlines] = "\n".join([run.title, *list_headlines(run), ""])
    output.pages.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        with write_whole(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    logger.info(
        "%s: %d pages, %d figures; %s: %.1f MB, %d figures left out", output.first, len(pages),
        len(numbers), output.single, len(texts[output.single]) / 1e6, embedded.left_out,
    )  # fmt: skip


def _place(page: Page, output: ReportFiles) -> Path:
    return output.first if page.name == OVERVIEW else output.pages / f"{page.name}.html"


def _link_pages(pages: Sequence[Page], output: ReportFiles, start: Path) -> dict[str, str]:
    """Link every page from one of them."""
    places = {page.name: _place(page, output) for page in pages}
    return {name: _link(path, start) for name, path in places.items()}


def _link(path: Path, start: Path) -> str:
    return Path(os.path.relpath(path, start.parent)).as_posix()


class _Template:
    """The template with what all pages share."""

    def __init__(self, pages: Sequence[Page], title: str, start: Mapping[str, str]) -> None:
        source = files("rapidmass.report").joinpath("template.html.j2").read_text(encoding="utf-8")
        environment = Environment(
            autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._template = environment.from_string(source)
        groups: dict[str, list[Page]] = {}
        for page in pages:
            groups.setdefault(page.group, []).append(page)
        self._shared: dict[str, Any] = {
            "title": title,
            "groups": groups,
            "folded": FOLDED,
            "start": start,
        }

    def render(
        self, pages: Sequence[Page], links: Mapping[str, str], images: Images, single: str
    ) -> str:
        found = {"pages": pages, "links": links, "images": images, "single": single}
        return self._template.render(**self._shared, **found)


def _number_figures(pages: Sequence[Page]) -> dict[Path, int]:
    """Give figures their numbers, in the order of reading: the same in all files."""
    figures: list[Figure] = []

    def collect(section: Section) -> None:
        figures.extend(section.figures)
        for part in section.sections:
            collect(part)

    for page in pages:
        for section in page.sections:
            collect(section)
    return {path: k for k, path in enumerate(dict.fromkeys(f.path for f in figures), start=1)}
