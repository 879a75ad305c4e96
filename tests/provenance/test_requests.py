"""Equal requests are equal texts; whatever else changes makes another request."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.config.search.scan import Axis
from rapidmass.provenance.requests import Request, list_versions, write_canonical

REQUEST = Request(
    settings=write_canonical({"seed": 1, "cuts": ["a", "b"]}),
    modules={"score.py": "0123", "rapidmass.scores.write": "4567"},
    versions={"numpy": "2.4.6"},
    products={"results/a.parquet": "89ab"},
    files={"b.root": "12-cdef"},
)
SETTINGS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)  # fmt: skip


def test_key_order_and_spelling_of_numbers_do_not_count():
    assert write_canonical({"a": 1e-3, "b": [1]}) == write_canonical({"b": [1], "a": 0.001})


def test_swapped_values_and_order_of_lists_count():
    assert write_canonical({"a": 1, "b": 2}) != write_canonical({"a": 2, "b": 1})
    assert write_canonical([1, 2]) != write_canonical([2, 1])


def test_models_are_written_with_their_defaults():
    assert write_canonical(Axis(start=0, stop=2, step=1)) == (
        '{"start": 0.0, "step": 1.0, "stop": 2.0}'
    )


def test_what_has_no_canonical_form_is_refused():
    with pytest.raises(TypeError, match="set has no canonical form"):
        write_canonical({"a": {1, 2}})


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_without_a_word_in_json_are_refused(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_canonical({"a": number})


def test_versions_are_those_that_are_installed():
    assert list_versions(["numpy"]) == {"numpy": np.__version__}
    assert list_versions([]) == {}


def test_a_package_that_is_not_installed_is_named():
    with pytest.raises(ValueError, match=r"package no-such-package is not installed; install"):
        list_versions(["numpy", "no-such-package"])


@pytest.mark.parametrize(
    "change",
    [
        {"settings": write_canonical({"seed": 2, "cuts": ["a", "b"]})},
        {"settings": write_canonical({"seed": 1, "cuts": ["b", "a"]})},
        {"modules": {"score.py": "0123", "rapidmass.scores.write": "4568"}},
        {"modules": {"score.py": "0123"}},
        {"versions": {"numpy": "2.4.7"}},
        {"versions": {"numpy": "2.4.6", "awkward": "2.14.0"}},
        {"products": {"results/a.parquet": "89ac"}},
        {"products": {}},
        {"files": {"c.root": "12-cdef"}},
        {"files": {"b.root": "13-cdef"}},
        # the same words in another place
        {"products": REQUEST.files, "files": REQUEST.products},
    ],
    ids=str,
)
def test_each_part_of_a_request_counts(change):
    assert replace(REQUEST, **change).digest != REQUEST.digest


def test_the_order_of_parts_does_not_count():
    turned = replace(REQUEST, modules=dict(reversed(REQUEST.modules.items())))
    assert list(turned.modules) != list(REQUEST.modules)
    assert (turned.digest, turned.code) == (REQUEST.digest, REQUEST.code)


def test_the_code_is_the_modules_alone():
    assert replace(REQUEST, settings="{}", versions={}, files={}).code == REQUEST.code
    assert replace(REQUEST, modules={"score.py": "0124"}).code != REQUEST.code


def test_a_description_says_all_of_it():
    found = REQUEST.describe()
    assert found["settings"] == {"seed": 1, "cuts": ["a", "b"]}
    assert found["request"] == REQUEST.digest
    assert set(found) == {"settings", "modules", "versions", "products", "files", "request"}


@given(settings=SETTINGS, names=st.dictionaries(st.text(), st.text(), max_size=3))
def test_a_request_survives_its_description(settings, names):
    request = Request(write_canonical(settings), names, names, names, names)
    block = json.loads(json.dumps(request.describe()))
    digest = block.pop("request")
    restored = Request(**{**block, "settings": write_canonical(block["settings"])})
    assert restored == request
    assert restored.digest == digest
