import pytest
from matplotlib.figure import Figure as Canvas

from rapidmass.report.formatting import Table
from rapidmass.report.sections import Figure, Section, read_section, write_section


@pytest.fixture
def section(tmp_path):
    folder = tmp_path / "study"
    (folder / "inner").mkdir(parents=True)
    figures = []
    for name in ("first", "inner/second"):
        Canvas().savefig(folder / f"{name}.png")
        figures.append(Figure(folder / f"{name}.png", name, f"A caption with < & of {name}."))
    part = Section("part", "Part", figures=(figures[1],), small=True)
    table = Table(("a", "b"), [["x", "1"], ["y", "2"]], marked=frozenset({1}), note="A note.")
    return folder, Section(
        "study", "A study", ("One.", "Two."), (table,), (figures[0],), sections=(part,)
    )


def test_a_section_comes_back_as_it_was_written(section):
    folder, written = section
    write_section(folder, written)
    assert read_section(folder) == written


def test_it_knows_no_place(section, tmp_path):
    """A folder that was moved shows its own figures."""
    folder, written = section
    write_section(folder, written)
    assert str(tmp_path) not in (folder / "section.json").read_text()
    moved = folder.rename(tmp_path / "moved")
    found = read_section(moved, prefix="s1-")
    assert [found.anchor, found.sections[0].anchor] == ["s1-study", "s1-part"]
    assert found.figures[0].source.startswith("data:image/png;base64,")
    assert found.sections[0].figures[0].path == moved / "inner/second.png"


def test_a_figure_that_was_not_drawn_is_named(section):
    folder, written = section
    (folder / "inner/second.png").unlink()
    with pytest.raises(ValueError, match=r"section Part: there is no figure .*second\.png"):
        write_section(folder, written)
    assert not (folder / "section.json").exists()
