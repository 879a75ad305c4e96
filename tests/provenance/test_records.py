"""Records: what is written beside products, and what a later job reads from it."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.provenance.changes import describe_changes
from rapidmass.provenance.fingerprints import digest_product, identify_file
from rapidmass.provenance.records import (
    find_record,
    name_files,
    read_record,
    remove_records,
    trace_inputs,
    write_record,
)
from rapidmass.provenance.requests import Request, write_canonical


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder: paths of products are relative to it."""
    (tmp_path / "results").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make_request(**changes):
    return Request(
        **{
            "settings": write_canonical({"seed": 1}),
            "modules": {"a.py": "01"},
            "versions": {"numpy": "2.4.6"},
            **changes,
        }
    )


def make(path, content="content", request=None, contents=None):
    """Make a product with its record."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(content)
    request = request or make_request()
    write_record(request, contents or {}, [path])
    return request


def test_a_record_is_a_hidden_file_beside_its_product():
    assert find_record("results/a.parquet") == Path("results/.a.parquet.record.json")
    assert find_record(Path("results/figures")) == Path("results/.figures.record.json")


@pytest.mark.usefixtures("here")
def test_a_record_says_how_all_products_of_a_job_were_made():
    outputs = ["results/a.json", "results/figures"]
    Path(outputs[0]).write_text("{}")
    Path(outputs[1]).mkdir()
    Path(outputs[1], "b.png").write_text("b")
    request = make_request(products={"results/in.json": "02"}, files={"c.root": "1-03"})
    write_record(request, {"results/in.json": "04"}, outputs)
    record = read_record(outputs[0])
    assert record == read_record(Path(outputs[1])) is not None
    assert record.items() >= request.describe().items()
    assert record["request"] == request.digest
    assert record["contents"] == {"results/in.json": "04"}
    assert record["outputs"] == {path: digest_product(Path(path)) for path in outputs}


def test_equal_jobs_leave_equal_records(tmp_path, monkeypatch):
    records = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        make("results/a.json")
        records.append(find_record("results/a.json").read_bytes())
    assert records[0] == records[1]


@pytest.mark.usefixtures("here")
def test_unfinished_products_get_no_record():
    Path("results/a.json").write_text("{}")
    with pytest.raises(FileNotFoundError):
        write_record(make_request(), {}, ["results/a.json", "results/b.json"])
    assert read_record("results/a.json") is None
    assert not find_record("results/a.json").exists()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", "1", '"a"', "\0", "[" * 100_000])
def test_a_damaged_record_is_none(text):
    make("results/a.json")
    assert read_record("results/a.json") is not None
    find_record("results/a.json").write_text(text)
    assert read_record("results/a.json") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(st.data())
def test_of_a_record_of_any_shape_only_what_is_whole_is_taken(tmp_path_factory, data):
    """Whatever stands in a part of it: it is none, or all that reads it can go on."""
    folder = tmp_path_factory.mktemp("any")
    product = folder / "a.json"
    request = make(product)
    record = read_record(product)
    name = data.draw(st.sampled_from(sorted(record)))
    record[name] = data.draw(JSON | st.just({str(product): None}))
    if data.draw(st.booleans()):
        del record[name]
    find_record(product).write_text(json.dumps(record))
    found = read_record(product)
    if found is not None:
        describe_changes(found, request)
        assert trace_inputs([str(product)]).products[str(product)] == found["request"]


@pytest.mark.usefixtures("here")
def test_a_record_that_came_along_with_a_copy_is_none():
    make("results/a.json")
    shutil.copy("results/a.json", "results/b.json")
    shutil.copy(find_record("results/a.json"), find_record("results/b.json"))
    assert read_record("results/b.json") is None


@pytest.mark.usefixtures("here")
def test_removing_records_leaves_products_and_other_records():
    for name in ("a", "b"):
        make(f"results/{name}.json")
    remove_records(["results/a.json", "results/never.json"])
    assert read_record("results/a.json") is None
    assert Path("results/a.json").read_text() == "content"
    assert read_record("results/b.json") is not None


def test_inputs_are_requests_where_there_are_records_and_contents_else(here):
    request = make("results/a.json")
    (here / "in").mkdir()
    own = here / "in" / "user.root"
    own.write_text("events")
    inputs = trace_inputs(["results/a.json", str(own), "results/a.json"])
    assert inputs.products == {"results/a.json": request.digest}
    assert inputs.contents == {"results/a.json": digest_product(Path("results/a.json"))}
    assert inputs.files == {"user.root": identify_file(own)}


@pytest.mark.usefixtures("here")
def test_an_input_that_is_not_there_is_an_error():
    with pytest.raises(FileNotFoundError):
        trace_inputs(["results/never.json"])


def follow(path):
    """The request of a job that reads one product."""
    inputs = trace_inputs([path])
    return make_request(products=inputs.products, files=inputs.files)


@pytest.mark.usefixtures("here")
def test_a_request_reaches_back_through_all_products():
    """The first settings count in the third job, though no content on the way changed."""
    found = []
    for seed in (1, 2):
        make("results/a.json", request=make_request(settings=write_canonical({"seed": seed})))
        make("results/b.json", request=follow("results/a.json"))
        found.append(follow("results/b.json").digest)
    assert found[0] != found[1]


def test_the_folder_of_a_users_file_does_not_count(here):
    found = []
    for folder in ("one", "other"):
        (here / folder).mkdir()
        (here / folder / "user.root").write_text("events")
        found.append(trace_inputs([f"{folder}/user.root"]))
    assert found[0] == found[1]


def test_files_of_one_name_share_an_entry():
    pairs = [("x/a.root", "2"), ("b.root", "3"), ("y/a.root", "1")]
    assert name_files(pairs) == {"a.root": "1 2", "b.root": "3"}
    assert list(name_files(reversed(pairs)).items()) == list(name_files(pairs).items())
    assert name_files([*pairs, ("z/a.root", "1")])["a.root"] == "1 1 2"


@pytest.mark.usefixtures("here")
def test_a_record_is_json_without_the_place_of_the_working_folder(here):
    make("results/a.json")
    text = find_record("results/a.json").read_text()
    assert str(here) not in text
    assert set(json.loads(text)) == {
        "settings", "modules", "versions", "products", "files", "request", "contents", "outputs",
    }  # fmt: skip
