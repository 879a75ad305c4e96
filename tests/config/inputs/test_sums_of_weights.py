import pytest

from rapidmass.config.inputs.sums_of_weights import StoredSum


@pytest.mark.parametrize(
    ("text", "kind", "names", "is_added"),
    [
        ("sum:Runs:w_*", "sum", ("Runs", "w_*"), True),
        ("histogram:folder/h:all events", "histogram", ("folder/h", "all events"), True),
        ("branch:sumw", "branch", ("sumw",), False),
        ("file", "file", (), False),
    ],
)
def test_what_the_sheet_says_has_parts(text, kind, names, is_added):
    found = StoredSum.parse(text)
    assert found == StoredSum(kind, names)
    assert found.is_added == is_added


@pytest.mark.parametrize(
    "text", ["", "sum", "sum:Runs", "sum:Runs:", "sum::w", "sum:a:b:c", "file:x", "branch", "x:y"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match=f"^sum of weights '{text}' is neither a number, nor sum:"):
        StoredSum.parse(text)
