"""The benchmarks run, and the ways that they compare agree; how fast they are is not tested."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from sources import ROOT

ENVIRONMENT = {**os.environ, "NUMBA_CACHE_DIR": str(ROOT / ".cache" / "numba")}


def measure(folder, *sections):
    places = ["--output", folder / "told", "--cache", folder / "kept", "--peers", folder / "none"]
    command = [sys.executable, "-m", "benchmarks", *sections, "--quick", "--repeats", "1", *places]
    done = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {
        name: json.loads((folder / "told" / "results" / f"{name}.json").read_text())
        for name in sections
    }


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
def test_kernel_and_compiled_peers_agree(tmp_path):
    told = measure(tmp_path, "kernel")["kernel"]
    assert {row["peer"] for row in told["rows"]} == {
        "lean C++",
        "C++ with classes, a call for each cell",
    }
    assert all(row["ratio"]["median"] > 0 for row in told["rows"])


def test_reader_and_merging_agree_with_their_peers(tmp_path):
    told = measure(tmp_path, "reader")
    other = {**told["reader"], "name": "kernel", "about": "As it was."}
    (tmp_path / "told" / "results" / "kernel.json").write_text(json.dumps(other))
    told |= measure(tmp_path, "megasets")
    report = (tmp_path / "told" / "RESULTS.md").read_text()
    for name, content in told.items():
        assert f"## {name}" in report
        assert content["rows"][0]["ratio"]["median"] > 0
        assert any("peer not installed" in note for note in content["notes"])
    # what another run found stays, in its place
    assert report.index("As it was.") < report.index("## reader")


def test_trees_are_as_good_as_those_of_their_peer(tmp_path):
    told = measure(tmp_path, "classifiers")["classifiers"]
    assert {row["peer"] for row in told["rows"]} == {"XGBoost, its own objective", "–"}
    assert {row["target"] for row in told["rows"]} == {"", "≤ 120 s", "≤ 3 GiB", "≥ 300000 ev/s"}
    losses = re.findall(r"(0\.\d+)", told["notes"][0])
    assert float(losses[0]) == pytest.approx(float(losses[1]), rel=0.03)


def test_images_agree_with_their_peer(tmp_path):
    (row,) = measure(tmp_path, "images")["images"]["rows"]
    assert row["peer"] == "NumPy, jet by jet"
    assert row["ours"]["median"] > 0
