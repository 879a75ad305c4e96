"""Canonical settings and code digests change exactly when something real does."""

import subprocess
import sys
from pathlib import Path

import pytest

from rapidmass import provenance
from rapidmass.config.scan import Axis
from rapidmass.provenance import describe, digest_code, write_canonical

ROOT = Path(__file__).parents[1]


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


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of our own in which files can be edited."""
    folder = tmp_path / "rapidmass"
    (folder / "sub").mkdir(parents=True)
    files = {
        "__init__.py": "",
        "used.py": "from rapidmass.sub import deep\n\ndef f():\n    return deep.x\n",
        "unused.py": "y = 1\n",
        "sub/__init__.py": "",
        "sub/deep.py": "x = 1\n",
        "sub/other.py": "z = 1\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    (tmp_path / "script.py").write_text("import numpy\nfrom rapidmass.used import f\nf()\n")
    monkeypatch.setattr(provenance, "PACKAGE", folder)

    def digest(*modules):
        for function in (provenance._parse, provenance._digest_source, provenance._find_imports):
            function.cache_clear()
        return digest_code(tmp_path / "script.py", modules)

    yield tmp_path, digest
    digest()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("script.py", "import numpy\nfrom rapidmass.used import f\nf() + 1\n"),
        ("rapidmass/used.py", "from rapidmass.sub import deep\n\ndef f():\n    return -deep.x\n"),
        ("rapidmass/sub/deep.py", "x = 2\n"),
        ("rapidmass/__init__.py", "import os\n"),
        ("rapidmass/sub/__init__.py", "w = 1\n"),
    ],
)
def test_code_that_is_reached_counts(package, file, text):
    folder, digest = package
    before = digest()
    (folder / file).write_text(text)
    assert digest() != before


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("rapidmass/unused.py", "y = 2\n"),
        ("rapidmass/sub/other.py", "z = 2\n"),
        ("rapidmass/sub/deep.py", '"""Docs."""\n\n# a comment\nx = (1)\n'),
        (
            "rapidmass/used.py",
            'from rapidmass.sub import (deep)\ndef f():\n    """Docs."""\n    return deep.x\n',
        ),
    ],
)
def test_the_rest_does_not(package, file, text):
    folder, digest = package
    before = digest()
    (folder / file).write_text(text)
    assert digest() == before


def test_modules_loaded_by_name_can_be_added(package):
    folder, digest = package
    before = digest("rapidmass.sub.other")
    assert before != digest()
    (folder / "rapidmass/sub/other.py").write_text("z = 2\n")
    assert digest("rapidmass.sub.other") != before


def test_families_of_networks_do_not_reach_each_other():
    script = ROOT / "workflow/scripts/train.py"
    digests = {
        family: digest_code(script, [f"rapidmass.architectures.{family}"])
        for family in ("autoencoder", "vae")
    }
    assert len(set(digests.values())) == 2
    source = provenance._find_imports
    for one, other in (("autoencoder", "vae"), ("vae", "autoencoder")):
        reached, waiting = set(), [script, provenance.PACKAGE / f"architectures/{one}.py"]
        while waiting:
            new = source(waiting.pop()) - reached
            reached |= new
            waiting += new
        assert not {path for path in reached if path.stem == other}


def test_static_imports_find_what_python_imports():
    """The digest of a script covers every module of the package that running it loads."""
    code = (
        "import sys; import rapidmass.sharding; "
        "print(*sorted(m for m in sys.modules if m.split('.')[0] == 'rapidmass'))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    reached, waiting = set(), [ROOT / "workflow/scripts/build_shard.py"]
    while waiting:
        new = provenance._find_imports(waiting.pop()) - reached
        reached |= new
        waiting += new
    names = {
        ".".join(path.relative_to(provenance.PACKAGE.parent).with_suffix("").parts)
        .removesuffix(".__init__")
        for path in reached
    }  # fmt: skip
    assert set(loaded) <= names


def test_a_description_has_settings_code_and_versions():
    found = describe({"a": 1}, "123", ["numpy"])
    assert found["settings"] == {"a": 1}
    assert set(found["versions"]) == {"rapidmass", "numpy"}
