import pytest

from rapidmass.config.search.selection import Split


def test_a_test_fraction_or_folds():
    usual, folds = Split(), Split(folds=5)
    assert (usual.test_fraction, usual.held_share, usual.scored_share) == (0.2, 0.2, 0.2)
    assert (folds.test_fraction, folds.held_share, folds.scored_share) == (None, 0.2, 1.0)
    assert Split(test_fraction=None, folds=4).held_share == 0.25
    for split in (usual, folds):
        assert Split.model_validate(split.model_dump(mode="json")) == split


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ({"test_fraction": 0.2, "folds": 5}, "exclude each other: remove test_fraction"),
        ({"test_fraction": None}, "give test_fraction, such as 0.2, or folds"),
        ({"folds": 1}, "folds"),
    ],
)
def test_other_splits_are_refused(block, said):
    with pytest.raises(ValueError, match=said):
        Split.model_validate(block)
