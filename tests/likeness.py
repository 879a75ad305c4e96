"""Results in JSON types that are the same within roundings."""

import pytest


def assert_alike(found, expected, rel, path=""):
    """Hold two results against each other; where they differ is said."""
    if isinstance(expected, dict):
        assert list(found) == list(expected), path
        for key, value in expected.items():
            assert_alike(found[key], value, rel, f"{path}/{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), path
        for place, pair in enumerate(zip(found, expected, strict=True)):
            assert_alike(*pair, rel, f"{path}[{place}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=rel, abs=rel), path
    else:
        assert found == expected, path
