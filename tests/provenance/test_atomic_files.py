"""Outputs appear whole or not at all."""

from pathlib import Path

import pytest

from rapidmass.provenance.atomic_files import read_json, shelter, write_json, write_whole


def test_a_finished_file_takes_its_place(tmp_path):
    target = tmp_path / "new" / "a.txt"
    with write_whole(target) as temporary:
        assert temporary.parent == target.parent
        assert temporary.suffix == ".txt"
        temporary.write_text("done")
        assert not target.exists()
    assert target.read_text() == "done"
    assert list(target.parent.iterdir()) == [target]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail():
        with write_whole(target) as temporary:
            temporary.write_text("half")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_json_goes_round(tmp_path):
    write_json(tmp_path / "a.json", {"x": [1.5, None]})
    assert read_json(tmp_path / "a.json") == {"x": [1.5, None]}


def test_json_refuses_what_json_cannot_say(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_bad_json_names_the_file(tmp_path, text):
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"broken\.json"):
        read_json(path)


@pytest.mark.parametrize("name", ["b{1}.root", "{sample}/a b.root", "}.root"])
def test_a_path_with_braces_has_one_without(tmp_path, name):
    target = tmp_path / name
    target.parent.mkdir(exist_ok=True)
    target.write_text("events")
    link = shelter(str(target), tmp_path / "links")
    assert not set(link) & set("{}")
    assert Path(link).read_text() == "events"
    assert shelter(str(target), tmp_path / "links") == link
    assert shelter(str(target.parent.parent / "other{}" / target.name), tmp_path / "links") != link


def test_other_paths_stay(tmp_path):
    assert shelter("a b[1]'.root", tmp_path) == "a b[1]'.root"
    assert list(tmp_path.iterdir()) == []


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    """Not even those with one process number, as on two machines or in two threads."""
    target = tmp_path / "a.txt"
    with write_whole(target) as first, write_whole(target) as second:
        first.write_text("first")
        second.write_text("second")
    assert target.read_text() == "first"
    assert list(tmp_path.iterdir()) == [target]
