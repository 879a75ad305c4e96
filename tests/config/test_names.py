"""Parts of samples are named after files, in any folder, by names that paths can have."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.config.names import name_parts


def test_plain_names_stay():
    files = ["/data/a.root", "https://h/x/b-1.root?id=3", "root://h//c.d.root", "W+jets(1).root"]
    assert name_parts(files) == dict(zip(["a", "b-1", "c.d", "W+jets(1)"], files, strict=True))


def test_names_do_not_depend_on_the_folder_or_on_secrets():
    first = name_parts(["x/b{1}.root", "https://me:a@h/tt[1].root?token=a"])
    second = name_parts(["/elsewhere/b{1}.root", "https://h/tt[1].root?token=b"])
    assert list(first) == list(second)
    assert all(re.fullmatch(r"(b|tt)_1_-[0-9a-f]{16}", name) for name in first)


def test_equal_names_are_told_apart():
    files = ["x/a.root", "y/a.root", "b.root"]
    parts = name_parts(files)
    assert len(parts) == 3
    assert "b" in parts
    assert name_parts([*files, "c.root"]) == {**parts, "c": "c.root"}


def test_addresses_that_differ_in_secrets_alone_are_refused():
    with pytest.raises(ValueError, match=r"https://h/a\.root is listed twice"):
        name_parts(["https://me:a@h/a.root", "https://me:b@h/a.root"])


def test_addresses_that_differ_in_their_queries_are_files_of_their_own():
    files = [f"https://h/get?{name}={60 * 'x'}{end}" for name in ("fileKey", "id") for end in "ab"]
    assert sorted(name_parts(files).values()) == sorted(files)


@given(files=st.lists(st.text(min_size=1).filter(lambda name: "://" not in name), unique=True))
def test_every_file_has_a_name_of_its_own(files):
    parts = name_parts(files)
    assert sorted(parts.values()) == sorted(files)
    for name in parts:
        assert not set(name) & set("{}[]*?/\\,=:'\"\n ")
        assert name not in ("", ".", "..")
