"""Sample sheets as editors and spreadsheets save them: read, or refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.config.inputs.sheet import read_samples, split_files

TEXT = "sample\tchannel\tfiles\na\tx\tμ.root\nb\ty\tb.root c.root\n"
ROWS = {
    "a": {"sample": "a", "channel": "x", "files": "μ.root"},
    "b": {"sample": "b", "channel": "y", "files": "b.root c.root"},
}


def write(folder, text, encoding="utf-8"):
    path = folder / "sheet.tsv"
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_spreadsheets_save_is_read(tmp_path, encoding, end):
    text = TEXT.replace("\n", end) + f"\t\t{end}# made by hand{end}"
    assert read_samples(write(tmp_path, text, encoding)) == ROWS


def test_utf_16_of_the_other_order_is_read(tmp_path):
    content = b"\xfe\xff" + TEXT.encode("utf-16-be")
    assert read_samples(write(tmp_path, content)) == ROWS


@pytest.mark.parametrize(
    ("text", "encoding", "message"),
    [
        (TEXT.replace("μ", "µ"), "latin-1", "sheet.tsv is not encoded in UTF-8 (byte 25), perhaps"),
        (TEXT, "utf-16-le", "sheet.tsv is n"),
        (b"\xff\xfea", None, "sheet.tsv is not encoded in UTF-16"),
        (TEXT.replace("\t", ";"), "utf-8", "has one column, with semicolons in it: separate"),
        (TEXT.replace("\t", ","), "utf-8", "has one column, with commas in it: separate columns"),
        ("sample\tfiles\tfiles\n", "utf-8", "sheet.tsv: column 'files' is there twice"),
        ("sample\t files\tfiles\n", "utf-8", "sheet.tsv: column 'files' is there twice"),
        (TEXT + "a\tz\t\n", "utf-8", "sheet.tsv: sample a is listed twice"),
        (TEXT + "\tz\tc.root\n", "utf-8", "a row without a name in the column 'sample'"),
        (TEXT + "c\tz\tc.root\tmore\n", "utf-8", "more cells than columns in the row 'c': 'more'"),
        (TEXT + "c z c.root\n", "utf-8", "a row has one cell where there are 3 columns"),
        (TEXT + 'c\t"z\tc.root\n', "utf-8", "the quotation marks in the cell '\"z' do not close"),
        ("", "utf-8", "sheet.tsv is empty"),
    ],
)
def test_the_rest_is_refused_with_the_name_of_the_file(tmp_path, text, encoding, message):
    with pytest.raises(ValueError, match=r"sheet\.tsv") as error:
        read_samples(write(tmp_path, text, encoding))
    assert message in str(error.value)


@pytest.mark.parametrize("before", ["", " ", "  \u00a0", '"', ' "', '" '])
def test_comments_may_begin_with_blanks(tmp_path, before):
    comment = f"{before}# c\tz\td.root\n"
    assert read_samples(write(tmp_path, comment + TEXT + comment)) == ROWS


def test_a_name_that_begins_with_a_sign_is_no_comment(tmp_path):
    text = "channel\tfiles\tsample\n\t#1.root\ta\n"
    assert read_samples(write(tmp_path, text)) == {"a": {"sample": "a", "files": "#1.root"}}


def test_cells_that_spreadsheets_quote_are_what_was_typed(tmp_path):
    text = 'sample\trequire\tfiles\n"a"\t"max(x, y) > 1"\t"""my file.root"" b.root"\n'
    text += 'b\t"say ""x"""\t"my file.root" b.root\nc\t\t"one file.root"\n"# a, b"\tx\ty\n'
    rows = read_samples(write(tmp_path, text))
    assert rows["a"] == {
        "sample": "a",
        "require": "max(x, y) > 1",
        "files": '"my file.root" b.root',
    }
    assert rows["b"]["require"] == 'say "x"'
    assert split_files(rows["b"]["files"]) == ["my file.root", "b.root"]
    assert split_files(rows["c"]["files"]) == ["one file.root"]
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("cell", "files"),
    [
        ("a.root  b.root\u00a0c.root", ["a.root", "b.root", "c.root"]),
        ("'my file.root' \"other file.root\"", ["my file.root", "other file.root"]),
        (r"my\ file.root", ["my file.root"]),
        ("b{1}.root tt[1].root #x.root", ["b{1}.root", "tt[1].root", "#x.root"]),
        ('"it\'s.root"', ["it's.root"]),
        ("https://h/a.root?x=1;y=2&z=(3)", ["https://h/a.root?x=1;y=2&z=(3)"]),
    ],
)
def test_files_are_split_as_in_a_shell(cell, files):
    assert split_files(cell) == files


def test_marks_that_do_not_close_are_named():
    with pytest.raises(ValueError, match="quotation marks or backslashes in"):
        split_files("it's.root")


@given(names=st.lists(st.text(min_size=1), min_size=1))
def test_every_name_can_be_written(names):
    from shlex import quote

    assert split_files(" ".join(map(quote, names))) == names
