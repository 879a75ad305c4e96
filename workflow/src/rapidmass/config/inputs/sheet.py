"""The sample sheet as a table, and its cells that hold several things."""

import codecs
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
BREAK = re.compile(r"\r\n|\n|\r")  # no other sign ends a row
COMMENT = re.compile(r'[^\S\t]*"*[^\S\t]*#')  # behind a tab it may begin the name of a file
BLANKS = " \t\r\n\N{NO-BREAK SPACE}"
WORDS = frozenset({"files"})  # columns in which quotation marks hold words together


def read_samples(path: Path) -> dict[str, dict[str, str]]:
    """Read the rows of a sample sheet, without judging their cells.

    Parameters
    ----------
    path
        Tab-separated, with one line of column names, in UTF-8, or UTF-16 with a byte-order mark.
        Lines that start with `#`, after blanks perhaps, are comments. Cells may be
        quoted as spreadsheets do.

    Returns
    -------
    dict
        For each sample, in the order of names, its non-empty cells.

    Raises
    ------
    ValueError
        If the file is absent or in another encoding, a column or sample is named twice, or a row
        has too few or too many cells.
    """
    if not path.is_file():
        raise ValueError(f"there is no sample sheet {path}")
    lines = list(_list_lines(path))
    if not lines:
        raise ValueError(f"{path} is empty: its first line names the columns")
    columns = _read_columns(path, lines[0])
    rows: dict[str, dict[str, str]] = {}
    for line in lines[1:]:
        cells = _read_row(path, columns, line)
        name = cells.get("sample")
        if name is None:
            raise ValueError(f"{path}: a row without a name in the column 'sample': {cells}")
        if name in rows:
            raise ValueError(f"{path}: sample {name} is listed twice")
        rows[name] = cells
    return dict(sorted(rows.items()))


def _list_lines(path: Path) -> Iterator[str]:
    """List the lines that are neither empty nor comments."""
    content = path.read_bytes()
    encoding = next((MARKS[mark] for mark in MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not encoded in {encoding.upper()} (byte {error.start}), perhaps in Latin-1 "
            "or another one of one byte a letter: save it as Unicode text"
        ) from None
    if "\0" in text:
        raise ValueError(f"{path} is no text in UTF-8: save it as Unicode text, with tabs")
    for line in BREAK.split(text):
        if line.strip() and not COMMENT.match(line):
            yield line


def _read_columns(path: Path, line: str) -> list[str]:
    columns = [_unquote(path, "", cell).strip() for cell in line.split("\t")]
    if len(columns) == 1:
        found = [
            f"{name}s" for name, sign in {"semicolon": ";", "comma": ","}.items() if sign in line
        ]
        raise ValueError(
            f"{path}: the line of column names has one column"
            f"{f', with {found[0]} in it' if found else ''}: separate columns by tabs"
        )
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise ValueError(f"{path}: column {twice[0]!r} is there twice")
    return columns


def _read_row(path: Path, columns: list[str], line: str) -> dict[str, str]:
    parts = line.split("\t")
    if len(parts) == 1:
        raise ValueError(
            f"{path}: a row has one cell where there are {len(columns)} columns: separate cells by "
            f"tabs in {line!r}"
        )
    names = [*columns, *[""] * (len(parts) - len(columns))]
    cells = {}
    for name, part in zip(names, parts, strict=False):
        value = _unquote(path, name, part.strip()).strip()
        if value and not name:
            raise ValueError(
                f"{path}: more cells than columns in the row {parts[0]!r}: {value!r} is in a "
                "column without a name"
            )
        if value:
            cells[name] = value
    return cells


def _unquote(path: Path, column: str, cell: str) -> str:
    """Take off the quotation marks that spreadsheets put around cells with commas or such marks."""
    if not cell.startswith('"') or (column in WORDS and '""' not in cell):
        return cell
    inner = cell[1:-1]
    if len(cell) < 2 or not cell.endswith('"') or '"' in inner.replace('""', ""):
        if column in WORDS:
            return cell
        raise ValueError(
            f"{path}: the quotation marks in the cell {cell!r} do not close: a cell is one line"
        )
    return inner.replace('""', '"')


def split_files(cell: str) -> list[str]:
    """Split a cell with names of files.

    Parameters
    ----------
    cell
        Names, separated by blanks. As in a shell, quotation marks, or a backslash before it, keep
        a blank in a name.

    Returns
    -------
    list of str
        The names.

    Raises
    ------
    ValueError
        If a quotation mark does not close.
    """
    words = shlex.shlex(cell, posix=True, punctuation_chars=False)
    words.whitespace, words.whitespace_split, words.commenters = BLANKS, True, ""
    try:
        return list(words)
    except ValueError:
        raise ValueError(
            f"the quotation marks or backslashes in {cell!r} do not match: put names with blanks "
            "or such signs in quotation marks of the other kind"
        ) from None
