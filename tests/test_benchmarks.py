"""The benchmarks run, and the ways that they compare agree; how fast they are is not tested."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import torch

from sources import ROOT

ENVIRONMENT = {**os.environ, "NUMBA_CACHE_DIR": str(ROOT / ".cache" / "numba")}


def start(folder, *arguments):
    places = ["--output", folder / "told", "--cache", folder / "kept", "--peers", folder / "none"]
    command = [sys.executable, "-m", "benchmarks", *arguments, "--quick", "--repeats", "1", *places]
    return subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


def measure(folder, *sections, options=()):
    done = start(folder, *sections, *options)
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


def test_a_graphics_processor_gets_a_page_of_its_own(tmp_path):
    """Without one, what would be measured there runs on the processor when that is asked for."""
    told = measure(tmp_path, "gpu", options=("--device", "cpu"))["gpu"]
    rows = {row["what"]: row for row in told["rows"]}
    sent = rows["sent to the device"]
    assert sent["other"]["median"] == 529 * 4 + 4  # dense cells, and the weight
    # 31 filled cells of 6 bytes, the weight, and how many they are
    assert 100 < sent["ours"]["median"] < 250
    for precision in ("float32", "bf16"):
        assert rows[f"ae_shallow, {precision}: epoch"]["ratio"]["median"] > 0
        assert rows[f"ae_shallow, {precision}: steps"]["ours"]["median"] > 0
    page = (tmp_path / "told" / "GPU.md").read_text()
    assert page.startswith("# Measured on a graphics processor")
    assert "the processor in its place" in page
    assert not (tmp_path / "told" / "RESULTS.md").exists()


def test_jobs_that_are_not_named_keep_their_rows(tmp_path):
    kinds = ("start", "read_two_samples")
    first = measure(tmp_path, "memory", options=("--kinds", *kinds))["memory"]["rows"]
    assert [row["what"].split(",")[0] for row in first] == list(kinds)
    again = measure(tmp_path, "memory", options=("--kinds", kinds[0]))["memory"]["rows"]
    assert again[1] == first[1]
    assert all(row["ours"]["median"] > 0 and row["moment"] for row in again)
    done = start(tmp_path, "memory", "--kinds", "nothing")
    assert done.returncode == 1
    assert "no such job: nothing; there are start," in done.stderr


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a graphics processor")
def test_without_a_graphics_processor_one_sentence_says_so(tmp_path):
    done = start(tmp_path, "gpu")
    assert done.returncode == 1
    assert done.stderr.startswith("torch finds no CUDA device on this machine")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "told").exists()
