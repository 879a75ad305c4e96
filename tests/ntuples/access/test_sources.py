"""A file is the same wherever it lies; what is wrong with it is said with its name."""

import dataclasses
import errno
import os
import subprocess
import sys
import zlib
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from rapidmass.ntuples.access import remote
from rapidmass.ntuples.access.chunks import iterate_chunks
from rapidmass.ntuples.access.sources import (
    NtupleError,
    Source,
    UnreachableError,
    check_content,
    connect,
    open_file,
)
from rapidmass.ntuples.access.trees import open_tree
from rapidmass.provenance.code_digests import PACKAGE
from servers import HttpServer, Relay, XrootdServer, limit_time, needs_xrootd

REAL = Path(__file__).parents[4] / "shared" / "data" / "real"
# Of each public format: the tree, and branches of every kind that an analysis reads.
FORMATS = {
    "atlas-open-data-2020-13tev": ["mini", "lep_pt", "lep_isTightID", "jet_MV2c10", "mcWeight"],
    "atlas-open-data-2025-13tev": ["analysis", "lep_pt", "lep_isTightID", "jet_btag_quantile"],
    "cms-heptutorial-7tev": ["events", "Muon_Px", "NMuon", "Jet_btag", "EventWeight"],
    "cms-nanoaod": ["Events", "nMuon", "Muon_pt", "Electron_charge", "MET_pt"],
    "atlas-physlite": [
        "CollectionTree", "AnalysisElectronsAuxDyn.pt", "AnalysisJetsAuxDyn.eta",
        "EventInfoAuxDyn.mcEventWeights",
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def bounded(monkeypatch):
    monkeypatch.setattr(remote, "FIRST_PAUSE", 0.05)
    with limit_time(60):
        yield


@pytest.fixture(scope="module")
def real_folder():
    if not REAL.is_dir():
        pytest.skip("no real files in ../shared/data/real")
    return REAL


@pytest.fixture(scope="module")
def real_http(real_folder):
    server = HttpServer(real_folder)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def real_xrootd(real_folder):
    server = XrootdServer(real_folder)
    yield server
    server.stop()


@pytest.fixture
def http(tmp_path):
    server = HttpServer(tmp_path)
    yield server
    server.stop()


def ask(location, **known):
    return Source(str(location), **{"attempts": 2, "timeout": 1.0, **known})


def read(source, tree, branches):
    with open_file(source) as file:
        return file[tree].arrays(branches, how=dict)


@pytest.mark.parametrize("kind", ["real_http", pytest.param("real_xrootd", marks=needs_xrootd)])
@pytest.mark.parametrize("folder", FORMATS)
def test_real_files_are_the_same_over_the_network(request, real_folder, folder, kind):
    server = request.getfixturevalue(kind)
    tree, *branches = FORMATS[folder]
    paths = sorted((real_folder / folder).glob("*.root"))
    assert paths
    for path in paths:
        far = ask(server.address(path.relative_to(real_folder)), size=path.stat().st_size)
        here, there = read(ask(path), tree, branches), read(far, tree, branches)
        assert list(here) == list(there) == branches
        for name in branches:
            assert ak.array_equal(here[name], there[name], dtype_exact=True, check_parameters=True)


def test_only_the_branches_that_are_read_are_fetched(real_http, real_folder):
    for folder, number in (("atlas-open-data-2025-13tev", 0), ("atlas-physlite", 1)):
        tree, *branches = FORMATS[folder]
        path = sorted((real_folder / folder).glob("*.root"))[number]
        real_http.forget()
        read(ask(real_http.address(path.relative_to(real_folder))), tree, branches)
        assert real_http.sent < 0.2 * path.stat().st_size
        assert len(real_http.requests) < 20


@pytest.fixture
def wide(tmp_path):
    """A file with 100 branches of 20 baskets each."""
    numbers = np.random.default_rng(1).normal(size=(100, 100_000))
    path = tmp_path / "wide.root"
    with uproot.recreate(path, compression=None) as file:
        file.mktree("tree", {f"x{number}": np.float64 for number in range(100)})
        for part in np.split(np.arange(100_000), 20):
            file["tree"].extend({f"x{n}": column[part] for n, column in enumerate(numbers)})
    return path


def test_many_baskets_need_few_requests(http, wide):
    names = ["x10", "x11", "x12", "x50"]
    found = read(ask(http.address(wide.name)), "tree", names)
    expected = read(ask(wide), "tree", names)
    for name in names:
        np.testing.assert_array_equal(found[name], expected[name])
    assert http.sent < 0.06 * wide.stat().st_size
    # one for each cluster and each group of neighbours, some more for what describes them
    assert len(http.requests) < 2 * 20 + 10


@pytest.fixture
def xrootd(tmp_path):
    server = XrootdServer(tmp_path)
    yield server
    server.stop()


@needs_xrootd
def test_xrootd_reads_many_baskets_at_once(xrootd, wide):
    relay = Relay(xrootd.port)
    names = ["x10", "x50"]
    found = read(ask(f"root://127.0.0.1:{relay.port}//{wide.name}"), "tree", names)
    expected = read(ask(wide), "tree", names)
    assert all(ak.array_equal(found[name], expected[name]) for name in names)
    assert relay.sent < 0.05 * wide.stat().st_size
    relay.stop()


def test_names_and_kinds_of_sources():
    remote_one = Source("root://eospublic.cern.ch//eos/opendata/a.4lep.root?xrd.wantprot=unix")
    assert remote_one.is_remote
    assert remote_one.name == "a.4lep.root"
    assert Source("https://opendata.cern.ch/eos/b.root").name == "b.root"
    local = Source("input/odd?name#1.root")
    assert not local.is_remote
    assert local.name == "odd?name#1.root"
    assert str(local) == "input/odd?name#1.root"


def test_a_source_is_made_from_settings():
    source = Source("a.root", size=7, adler32="00000001", attempts=2, timeout=3.0)
    assert Source.parse(dataclasses.asdict(source)) == source
    assert Source.parse({"location": "a.root"}) == Source("a.root")
    with pytest.raises(TypeError, match="colour"):
        Source.parse({"location": "a.root", "colour": "red"})


@pytest.fixture
def small(write):
    return write("small.root")


@pytest.fixture(params=["local", "http", pytest.param("xrootd", marks=needs_xrootd)])
def place(request, tmp_path):
    """Give the location of a file of the folder, in each way."""
    if request.param == "local":
        return lambda name: str(tmp_path / name)
    return request.getfixturevalue(request.param).address


def test_a_size_is_checked_everywhere(small, place):
    size = small.stat().st_size
    with open_file(ask(place("small.root"), size=size)) as file:
        assert file.keys(cycle=False) == ["mini"]
    with (
        pytest.raises(NtupleError, match=rf"small\.root has {size} bytes, .* says {size + 1}: "),
        open_file(ask(place("small.root"), size=size + 1)),
    ):
        pass


def test_an_absent_file_is_named(place):
    with (
        pytest.raises(NtupleError, match=r"nowhere\.root does not exist") as raised,
        open_file(ask(place("nowhere.root"))),
    ):
        pass
    assert not isinstance(raised.value, UnreachableError)


def test_an_empty_file_is_told(tmp_path):
    path = tmp_path / "none.root"
    path.touch()
    with pytest.raises(NtupleError, match=r"none\.root is empty"), open_file(Source(str(path))):
        pass


def test_what_is_no_root_file_is_named(place, tmp_path):
    (tmp_path / "text.root").write_text("this is not ROOT" * 100)
    with (
        pytest.raises(NtupleError, match=r"text\.root cannot be read as a ROOT file") as raised,
        open_file(ask(place("text.root"))),
    ):
        pass
    assert not isinstance(raised.value, UnreachableError)


def test_a_truncated_file_is_named(small, place):
    content = small.read_bytes()
    small.write_bytes(content[: len(content) // 2])
    with (
        pytest.raises(NtupleError, match=rf"small\.root is incomplete: .* {len(content)};"),
        open_file(ask(place("small.root"))),
    ):
        pass


def test_an_empty_file_is_named(place, tmp_path):
    (tmp_path / "empty.root").touch()
    with pytest.raises(NtupleError, match=r"empty\.root"), open_file(ask(place("empty.root"))):
        pass


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("fault", "asked"),
    [(403, "its size"), (503, "its size"), ("hang", "its size"), ("cut", "bytes 0 to")],
)
def test_a_server_that_does_not_answer_is_no_fault_of_the_file(http, fault, asked):
    http.constant = fault
    with (
        pytest.raises(UnreachableError, match=rf"http.*small\.root cannot be re.*: .*{asked}"),
        open_file(ask(http.address("small.root"), timeout=0.3)),
    ):
        pass


@pytest.mark.usefixtures("small")
def test_a_server_that_fails_while_a_file_is_opened(http):
    http.faults += [None, "cut", "hang", None, 503, None]
    with open_file(ask(http.address("small.root"), attempts=3, timeout=1.0)) as file:
        assert file["mini"].num_entries == 1000
    http.faults += [None, "cut", "cut", "cut"]
    with (
        pytest.raises(UnreachableError, match=r"small\.root cannot be read .*no answer to 3 req"),
        open_file(ask(http.address("small.root"), attempts=3)),
    ):
        pass


@pytest.mark.usefixtures("small")
def test_a_server_without_ranges_needs_a_copy(http):
    http.constant = "whole"
    with (
        pytest.raises(UnreachableError, match=r"small\.root .* whole files only; set files\.cache"),
        open_file(ask(http.address("small.root"))),
    ):
        pass


def test_the_content_of_a_file_is_checked(small):
    content = small.read_bytes()
    digits = f"{zlib.adler32(content):08x}"
    known = {"size": len(content), "adler32": digits}
    check_content(ask(small, **known))
    check_content(ask(small))
    small.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    found = f"{zlib.adler32(small.read_bytes()):08x}"
    with pytest.raises(NtupleError, match=rf"small\.root has .* checksum {found}, .* {digits}"):
        check_content(ask(small, **known))
    small.write_bytes(content[:-1])
    with pytest.raises(NtupleError, match=rf"has {len(content) - 1} bytes, .* {len(content)}"):
        check_content(ask(small, **known))
    small.unlink()
    with pytest.raises(NtupleError, match="does not exist"):
        check_content(ask(small, **known))


def test_a_connection_says_what_is_there(http, small):
    with connect(ask(http.address("small.root"))) as file:
        assert file.read(0, 4) == b"root"
        assert file.size == small.stat().st_size


READ_LOCAL = """
import sys
from rapidmass.ntuples.access.chunks import iterate_chunks
from rapidmass.ntuples.access.trees import open_tree
from rapidmass.ntuples.access.sources import Source
source = Source(sys.argv[1])
with open_tree(source, ["mini"]) as tree:
    assert len(list(iterate_chunks(source, tree, ["event", "lep_pt"]))) == 1
print(*sys.modules)
"""


def test_what_is_local_needs_no_network(small):
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run(
        [sys.executable, "-c", READ_LOCAL, str(small)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    modules = set(done.stdout.split())
    assert "rapidmass.ntuples.access.remote" in modules
    assert not modules & {"aiohttp", "XRootD", "fsspec_xrootd", "requests"}


@pytest.mark.parametrize("how", ["cut", "continued", "replaced"])
def test_a_file_that_changes_while_it_is_read_is_no_fault_of_the_file(small, write, tmp_path, how):
    path, other = tmp_path / "copy.root", write("other.root")
    path.write_bytes(small.read_bytes())

    def read_changing():
        with open_tree(Source(str(path)), ["mini"]) as tree:
            if how == "replaced":
                other.replace(path)
            else:
                path.write_bytes(small.read_bytes() + b"more" if how == "continued" else b"")
            list(iterate_chunks(Source(str(path)), tree, tree.keys()))

    with pytest.raises(UnreachableError, match=r"copy\.root changed while it was read; start"):
        read_changing()


def test_a_file_system_that_fails_is_no_fault_of_the_file(tmp_path, monkeypatch):
    path = tmp_path / "a.root"
    path.write_bytes(b"root")

    def fail(*_, **__):
        raise OSError(errno.ESTALE, "stale file handle")

    monkeypatch.setattr(Path, "stat", fail)
    for use in (check_content, lambda source: open_file(source).__enter__()):
        with pytest.raises(UnreachableError, match=r"a\.root cannot be read.*stale file handle"):
            use(Source(str(path)))
