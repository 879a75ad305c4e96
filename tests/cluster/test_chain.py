"""The small chain through SLURM: the same products as here, each job where it belongs."""

import shutil
from dataclasses import replace

import pytest

from runs import read_product, start_tiny
from submissions import finish, list_comments, submit

pytestmark = pytest.mark.cluster


def read_products(folder):
    """Also their records, but of the report: they digest its foot."""
    paths = [path for path in (folder / "results").rglob("*.*") if path.is_file()]
    return {str(path.relative_to(folder)): read_product(path) for path in paths
            if path.name != ".snakemake_timestamp" and "report/." not in str(path)}  # fmt: skip


@pytest.fixture(scope="module")
def chain(cluster, tmp_path_factory):
    """The same run twice: on SLURM, and beside it on this machine."""
    first = start_tiny(tmp_path_factory.mktemp("cluster"))
    first.save()
    other = tmp_path_factory.mktemp("local") / "run"
    shutil.copytree(first.folder, other)
    runs = [first, replace(first, folder=other)]
    process = submit(cluster, runs[0])
    runs[1].make()
    finish(runs[0], process)
    return runs


def test_products_are_those_of_a_local_run(chain):
    cluster, local = (read_products(run.folder) for run in chain)
    assert set(cluster) == set(local)
    assert [path for path in cluster if cluster[path] != local[path]] == []
    assert "results/report/index.html" in cluster


def test_only_trainings_ask_for_a_gpu(chain, cluster):
    jobs = list_comments(cluster, chain[0])
    trainings = list_comments(cluster, chain[0], "rule_train")
    assert len(trainings) == 2
    for job in jobs:
        gpu = job in trainings
        assert job["Partition"] == ("gpu" if gpu else "cpu")
        assert ("gpu" in job.get("TresPerNode", "")) == gpu


def test_small_jobs_go_together(chain, cluster):
    """28 jobs; without batches each but 3 would be a submission."""
    jobs = list_comments(cluster, chain[0])
    assert len(jobs) <= 14
    assert all(job["JobState"] == "COMPLETED" for job in jobs)


def test_logs_are_where_a_user_looks(chain):
    folder = chain[0].folder / "logs"
    assert "megaset" in (folder / "train/lep/ae.log").read_text()
    assert list((folder / "slurm/rule_train").rglob("*.log"))
    assert list((folder / "build_shard").rglob("*.log"))


def test_nothing_is_left_to_do(chain):
    assert "Nothing to be done" in chain[0].make("--dry-run").output
