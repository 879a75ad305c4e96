from pathlib import Path

import pytest

import rapidmass.studies
from rapidmass.report import prose
from rapidmass.report.prose import TEMPLATE, Prose

STUDIES = Path(rapidmass.studies.__file__).parent
TEMPLATES = sorted(STUDIES.glob(f"*/{TEMPLATE}"))

WORDS = """
{% set text %}
Of {{ events | count }} events
{% if few %}
few
{% endif %}
are seen.

{% if few %}
Not enough.
{% endif %}

The {{ 0.5 | measurement(0.02) }} <last>.
{% endset %}
{% macro figure(name) %}
Scores by {{ name }}.
{% endmacro %}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / TEMPLATE).write_text(WORDS)
    monkeypatch.setattr(prose, "files", lambda _: tmp_path)
    return lambda **numbers: Prose("some", **numbers)


def test_empty_lines_separate_paragraphs_and_line_breaks_are_gone(write):
    assert write(events=1234, few=[]).list_paragraphs("text") == (
        "Of 1,234 events are seen.",
        "The 0.500 ± 0.020 <last>.",
    )
    assert write(events=3, few=["a"]).list_paragraphs("text")[:2] == (
        "Of 3 events few are seen.",
        "Not enough.",
    )


def test_macros_take_arguments(write):
    assert write(events=3, few=[]).write("figure", "ae") == "Scores by ae."


def test_a_number_that_is_missing_is_an_error(write):
    with pytest.raises(Exception, match="'few' is undefined"):
        write(events=3)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.parent.name)
def test_tags_have_lines_of_their_own(path):
    """The line break behind a tag is none of the text: it would join two words."""
    for line in path.read_text().splitlines():
        assert "{%" not in line or (line.startswith("{% ") and line.endswith(" %}")), line
        assert line.count("{%") == line.count("%}") <= 1, line
