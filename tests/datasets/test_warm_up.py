"""Kernels are compiled once, however many jobs start together."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from rapidmass.datasets.warm_up import warm_up

JOB = """
import numba.core.dispatcher as d, sys
from rapidmass.representations.rmm import kernel
from rapidmass.datasets.warm_up import warm_up
warm_up()
functions = (kernel.fill_matrices, kernel.scatter_values)
print(sum(sum(f.stats.cache_misses.values()) for f in functions))
"""


def start_job(folder):
    return subprocess.run(
        [sys.executable, "-c", JOB], env={**os.environ, "NUMBA_CACHE_DIR": str(folder)},
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip


def test_of_jobs_that_start_together_one_compiles(tmp_path):
    with ThreadPoolExecutor() as pool:
        misses = list(pool.map(start_job, [tmp_path] * 3))
    assert sorted(misses) == ["0", "0", "2"]
    assert start_job(tmp_path) == "0"


def test_without_a_place_for_the_cache_nothing_happens(monkeypatch, tmp_path):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    warm_up()
    assert list(tmp_path.iterdir()) == []
