"""The configurations for public data resolve to jobs, and no server is asked for it."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from rapidmass.config.load import load_analysis
from runs import ENVIRONMENT

pytestmark = pytest.mark.workflow
ROOT = Path(__file__).parents[2]
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY")
# nobody answers there
OFFLINE = {**dict.fromkeys(PROXIES, "http://127.0.0.1:9"), "no_proxy": ""}


def find_isolation():
    """Words before a command that take its network away, where that is allowed."""
    words = ["unshare", "--net"]
    if shutil.which("unshare") is None:
        return None
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    return words if tried.returncode == 0 else None


def load(year):
    content = yaml.safe_load((ROOT / f"config/atlas-open-data-{year}.yaml").read_text())
    content |= {key: str(ROOT / content[key]) for key in ("samples", "ntuple_formats")}
    return load_analysis(content)


def list_files(analysis):
    """Files of each sample that a selection uses, once for each selection."""
    return [
        address
        for selection, settings in analysis.config.selections.items()
        for names in (
            *analysis.list_backgrounds(selection).values(), settings.signals, settings.data,
        )
        for name in names
        for address in analysis.samples[name].files
    ]  # fmt: skip


def count_jobs(planned):
    output = planned.stdout + planned.stderr
    assert planned.returncode == 0, output[-3000:]
    stats = output[output.index("Job stats:") :]
    return {name: int(number) for name, number in re.findall(r"^(\w+) +(\d+)$", stats, re.M)}


def plan(folder, year, *arguments, words=()):
    config = ROOT / f"config/atlas-open-data-{year}.yaml"
    return subprocess.run(
        [
            *words, sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "rules",
            "--cores", "1", "--snakefile", ROOT / "Snakefile", "--directory", folder,
            "--configfile", config, *arguments,
        ],
        cwd=ROOT, env={**ENVIRONMENT, **OFFLINE}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(params=["namespace", "proxy"])
def words(request):
    if request.param == "proxy":
        return []
    isolation = find_isolation()
    if isolation is None:
        pytest.skip("this machine does not let a test take the network from a command")
    return isolation


@pytest.mark.parametrize("year", [2020, 2025])
def test_every_file_and_number_is_resolved_without_a_network(year, words, tmp_path):
    start = time.monotonic()
    jobs = count_jobs(plan(tmp_path, year, "--replace-workflow-config", words=words))
    assert time.monotonic() - start < 300  # nothing waits for an answer
    analysis = load(year)
    selections = analysis.config.selections.values()
    networks, baselines = analysis.config.architectures, analysis.config.baselines
    files = list_files(analysis)
    used = {name for name, s in analysis.samples.items() if set(s.files) & set(files)}
    assert jobs["build_shard"] == len(files)
    assert jobs["normalise_sample"] == len(used)
    assert jobs["train"] == len(selections) * len(networks)
    scores = len(networks) + len(baselines)
    assert jobs["scan_cuts"] == scores * sum(len(s.signals) for s in selections)
    assert not (tmp_path / "results").exists()


def test_with_a_cache_every_file_is_fetched_once(tmp_path):
    cache = ["--config", "files={bad_files: quarantine, cache: copies}"]
    jobs = count_jobs(plan(tmp_path, 2020, "--replace-workflow-config", *cache))
    assert jobs["fetch_ntuple"] == len(set(list_files(load(2020))))


def test_merged_with_the_demo_they_are_refused(tmp_path):
    """Without --replace-workflow-config, two analyses would be one."""
    planned = plan(tmp_path, 2025)
    assert planned.returncode != 0
    assert "test_fraction and folds exclude each other" in planned.stdout + planned.stderr
