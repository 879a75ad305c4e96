"""What is remembered of source files is what parsing them gives, or it is not used."""

import json
from pathlib import Path

import pytest

from rapidmass.provenance import parsed_sources
from rapidmass.provenance.code_digests import PACKAGE
from rapidmass.provenance.parsed_sources import Memory

TEXT = b'"""Words."""\nimport numpy as np\nfrom a.b import c\n\n\ndef f():\n    from . import d\n'
IMPORTS = (("numpy", ()), ("a.b", ("a.b.c",)), (".", ("..d",)))


@pytest.fixture
def place(tmp_path):
    return tmp_path / "folder" / "sources.json"


@pytest.fixture
def unparsed(monkeypatch):
    """No text is parsed any more."""

    def refuse(_, path):
        raise AssertionError(f"{path} is parsed")

    monkeypatch.setattr(parsed_sources.ast, "parse", refuse)


def keep(place, *texts):
    memory = Memory(place)
    found = [memory.parse(text, Path("x.py")) for text in texts]
    memory.keep()
    return found


def test_digest_and_imports_outlive_the_process(place, request):
    (source,) = keep(place, TEXT)
    assert sorted(source.imports) == sorted(IMPORTS)
    request.getfixturevalue("unparsed")
    assert Memory(place).parse(TEXT, Path("elsewhere.py")) == source


def test_another_text_is_parsed(place):
    (source,) = keep(place, TEXT)
    other = Memory(place).parse(TEXT + b"x = 1\n", Path("x.py"))
    assert other.digest != source.digest


def test_the_whole_library_is_remembered_right(place):
    texts = [path.read_bytes() for path in PACKAGE.rglob("*.py")]
    found = keep(place, *texts)
    memory = Memory(place)
    assert [memory.parse(text, Path("x.py")) for text in texts] == found


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("numpy", "numpi"),
        lambda _: "[]",
        lambda _: "{}",
        lambda text: json.dumps(["0" * 64, json.loads(text)[1]]),
    ],
)
def test_what_is_damaged_or_of_other_code_is_not_used(place, damage):
    (source,) = keep(place, TEXT)
    place.write_text(damage(place.read_text()))
    memory = Memory(place)
    assert memory._known == {}
    assert memory.parse(TEXT, Path("x.py")) == source
    memory.keep()
    assert list(Memory(place)._known.values()) == [source]


def test_what_cannot_be_kept_is_parsed_again(tmp_path):
    (tmp_path / "file").touch()
    place = tmp_path / "file" / "sources.json"
    assert keep(place, TEXT) == keep(place, TEXT)


def test_what_nobody_asks_for_is_forgotten_in_time(place, monkeypatch):
    keep(place, TEXT)
    monkeypatch.setattr(parsed_sources, "MOST", 1)
    (new,) = keep(place, b"x = 1\n")
    assert list(Memory(place)._known.values()) == [new]
