"""Digests of code change exactly when something real does, in the module where it does."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rapidmass.provenance import code_digests, parsed_sources
from rapidmass.provenance.code_digests import (
    digest_modules,
    find_imports,
    find_sources,
    hash_sources,
    list_packages,
    renew_digests,
)

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"
FILES = {
    "script.py": "import numpy\nfrom _start import start\nfrom rapidmass.used import f\nf()\n",
    "_start.py": "start = 1\n",
    "rapidmass/__init__.py": "",
    "rapidmass/used.py": (
        "import json\nimport yaml\nfrom rapidmass.sub import deep\n\n"
        "def f():\n    import pyarrow.parquet as pq\n    return deep.x, pq, json, yaml\n"
    ),
    "rapidmass/unused.py": "import torch\ny = 1\n",
    "rapidmass/sub/__init__.py": "",
    "rapidmass/sub/deep.py": "import uproot\nx = 1\n",
    "rapidmass/sub/other.py": "import matplotlib\nz = 1\n",
}
REACHED = [
    "_start.py",
    "rapidmass",
    "rapidmass.sub",
    "rapidmass.sub.deep",
    "rapidmass.used",
    "script.py",
]


def forget():
    parsed_sources.read_source.cache_clear()
    for function in (code_digests.find_imports, code_digests._find_module, code_digests._reach):
        function.cache_clear()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of our own in which files can be edited."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(code_digests, "PACKAGE", tmp_path / "rapidmass")
    # what is tried here is not for this checkout to remember
    monkeypatch.setattr(parsed_sources, "PLACE", tmp_path / "sources.json")
    parsed_sources.open_memory.cache_clear()
    forget()
    yield tmp_path
    parsed_sources.open_memory.cache_clear()
    forget()


def digest(folder, *modules):
    forget()
    return digest_modules(folder / "script.py", modules)


def find_differences(before, now):
    return {name for name in {*before, *now} if before.get(name) != now.get(name)}


def test_every_module_that_is_reached_has_its_digest(package):
    found = digest(package)
    assert list(found) == REACHED
    assert {len(value) for value in found.values()} == {16}


@pytest.mark.parametrize(
    ("file", "old", "new", "name"),
    [
        ("script.py", "f()\n", "f() + 1\n", "script.py"),
        ("_start.py", "start = 1", "start = 2", "_start.py"),
        ("rapidmass/used.py", "return deep.x", "return -deep.x", "rapidmass.used"),
        ("rapidmass/sub/deep.py", "x = 1", "x = 2", "rapidmass.sub.deep"),
        ("rapidmass/__init__.py", "", "import os\n", "rapidmass"),
        ("rapidmass/sub/__init__.py", "", "w = 1\n", "rapidmass.sub"),
    ],
)
def test_code_that_is_reached_counts_where_it_is(package, file, old, new, name):
    before = digest(package)
    (package / file).write_text(FILES[file].replace(old, new, 1))
    assert find_differences(before, digest(package)) == {name}


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("rapidmass/unused.py", "y = 2\n"),
        ("rapidmass/sub/other.py", "z = 2\n"),
        ("rapidmass/sub/deep.py", '"""Docs."""\n\n# a comment\nimport uproot\n\nx = (1)\n'),
        ("rapidmass/used.py", FILES["rapidmass/used.py"].replace("f():", 'f():\n    """Docs."""')),
    ],
)
def test_the_rest_does_not(package, file, text):
    before = digest(package)
    assert (package / file).read_text() != text
    (package / file).write_text(text)
    assert digest(package) == before


def test_digests_are_those_of_any_place(package, tmp_path_factory, monkeypatch):
    before = digest(package)
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "deeper"
    package.rename(elsewhere)
    monkeypatch.setattr(code_digests, "PACKAGE", elsewhere / "rapidmass")
    assert digest(elsewhere) == before


def test_modules_loaded_by_name_can_be_added(package):
    before = digest(package, "rapidmass.sub.other")
    assert find_differences(before, digest(package)) == {"rapidmass.sub.other"}
    (package / "rapidmass/sub/other.py").write_text("z = 2\n")
    assert find_differences(before, digest(package, "rapidmass.sub.other")) == {
        "rapidmass.sub.other"
    }


@pytest.mark.parametrize("line", ["from . import used", "from .used import f"])
def test_a_relative_import_is_refused(package, line):
    (package / "rapidmass/used.py").write_text(f"{line}\n")
    with pytest.raises(ValueError, match=r"used\.py has a relative import"):
        digest(package)


def test_packages_are_those_of_all_that_is_reached(package):
    """Neither what Python brings, nor what lies beside the script, nor what only reads settings."""
    script = package / "script.py"
    assert list_packages(script) == ["numpy", "pyarrow", "uproot"]
    assert list_packages(script, ["rapidmass.sub.other"]) == [
        "matplotlib", "numpy", "pyarrow", "uproot",
    ]  # fmt: skip


def test_imports_of_one_file_are_its_own(package):
    folder = package / "rapidmass"
    assert find_imports(folder / "used.py") == {
        folder / "__init__.py", folder / "sub/__init__.py", folder / "sub/deep.py",
    }  # fmt: skip
    assert find_imports(folder / "sub/deep.py") == set()


def test_families_of_networks_do_not_reach_each_other():
    script = SCRIPTS / "train.py"
    for one, other in (("autoencoder", "vae"), ("vae", "autoencoder")):
        found = digest_modules(script, [f"rapidmass.models.networks.{one}"])
        assert f"rapidmass.models.networks.{one}" in found
        assert f"rapidmass.models.networks.{other}" not in found
        assert f"rapidmass.config.{other}" not in found


@pytest.mark.parametrize(
    ("script", "modules"),
    [
        ("build_shard.py", []),
        ("train.py", ["rapidmass.models.networks.vae"]),
        ("write_report.py", []),
    ],
)
def test_static_imports_find_what_python_imports(script, modules):
    """The digest of a script covers every module of the package that running it loads."""
    tree = ast.parse((SCRIPTS / script).read_text())
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    lines = [f"import sys\nsys.path.append({str(SCRIPTS)!r})"]
    lines += [ast.unparse(node) for node in imports]
    lines += [f"import {name}" for name in modules]
    lines += ["import sys", "print(*[m for m in sys.modules if m.split('.')[0] == 'rapidmass'])"]
    loaded = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert len(loaded) > 3
    assert set(loaded) <= set(digest_modules(SCRIPTS / script, modules))


def get_sources(folder, digests):
    paths = find_sources(digests, folder / "script.py")
    assert list(paths) == list(digests)
    return {path: path.read_bytes() for path in paths.values()}


def test_code_that_is_another_one_is_digested_again(package):
    """Whatever the times of files say, and whether the file is still as it ran."""
    script = package / "script.py"
    before, hashes = digest(package), hash_sources(script)
    sources = get_sources(package, before)
    assert renew_digests(before, hashes, sources) == before
    assert renew_digests(before, hashes, {}) == before
    used = package / "rapidmass/used.py"
    state = used.stat()
    used.write_text(FILES["rapidmass/used.py"].replace("json, yaml", "yaml, json"))
    os.utime(used, ns=(state.st_atime_ns, state.st_mtime_ns))
    (package / "rapidmass/unused.py").write_text("y = 2\n")
    ran = get_sources(package, before)
    used.write_text(FILES["rapidmass/used.py"])
    assert find_differences(before, renew_digests(before, hashes, ran)) == {"rapidmass.used"}
    more = {**sources, package / "rapidmass/unused.py": b"y = 2\n"}
    assert find_differences(before, renew_digests(before, hashes, more)) == {"rapidmass.unused"}


def test_docstrings_alone_make_no_other_digest(package):
    before, hashes = digest(package), hash_sources(package / "script.py")
    sources = {package / "_start.py": b'"""Docs."""\n' + FILES["_start.py"].encode()}
    assert renew_digests(before, hashes, sources) == before
