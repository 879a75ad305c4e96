"""Products that were damaged, deleted or accepted as they are, and ways around the profile."""

import shlex
import shutil
from pathlib import Path

import pytest

from edits import set_config, truncate
from runs import read_product

pytestmark = pytest.mark.workflow

SHARD = "results/lep/rmm/shards/b1/b1.parquet"
MEGASET = "results/lep/rmm/megasets/0.parquet"
REPORT = "results/report/index.html"
LEARNING = "architectures.vae.optimiser"


def read_products(folder):
    paths = [path for path in (folder / "results").rglob("*.*") if path.name[0] != "."]
    return {str(path.relative_to(folder)): read_product(path) for path in paths if path.is_file()}


@pytest.fixture(scope="module")
def finished(make_tiny, tmp_path_factory):
    run = make_tiny(tmp_path_factory.mktemp("recovery"))
    run.make()
    run.products = read_products(run.folder)
    return run


def test_a_shard_cut_off_is_made_again_with_all_that_follows(finished):
    truncate(SHARD)(finished)
    said = finished.make().output
    assert f"{SHARD} was altered after it was made" in said
    assert read_products(finished.folder) == finished.products


def test_deleted_intermediates_are_made_when_something_needs_them(finished):
    for path in (SHARD, MEGASET, REPORT):
        (finished.folder / path).unlink()
    said = finished.make().output
    assert "rule write_report:" in said
    assert "rule build_shard:" not in said
    assert not (finished.folder / SHARD).exists()
    finished.make(MEGASET)
    assert read_products(finished.folder) == finished.products
    assert "Nothing to be done" in finished.make("--dry-run").output


def test_a_product_of_unknown_making_is_made_again(finished):
    """Copied from elsewhere, with neither Snakemake's record nor its own."""
    model = finished.folder / "results/lep/models/vae"
    shutil.copytree(model, finished.folder / "copy", ignore=shutil.ignore_patterns(".*"))
    shutil.rmtree(model)
    (finished.folder / "copy").rename(model)
    said = finished.make().output
    assert "no record of how it was made" in said
    assert read_products(finished.folder) == finished.products


def test_the_table_names_key_values_and_cost(finished):
    undo = set_config(LEARNING, {"learning_rate": 0.01})(finished)
    said = finished.make("--dry-run").output
    undo()
    table = said[said.index("What runs, and why") :].splitlines()
    rows = {line.split()[0]: line for line in table[2:]}
    assert rows["train"].endswith(f"{LEARNING}.learning_rate: 0.001 -> 0.01")
    assert rows["train"].split()[1] == "1"
    assert rows["score"].endswith("after train")
    assert "no earlier run" not in rows["total"]


def test_products_can_be_kept_in_spite_of_an_edit(finished):
    undo = set_config(LEARNING, {"learning_rate": 0.01})(finished)
    finished.make("--touch")
    assert "Nothing to be done" in finished.make("--dry-run").output
    undo()
    said = finished.make("--dry-run").output
    assert f"{LEARNING}.learning_rate: 0.01 -> 0.001" in said
    finished.make("--touch")
    assert "Nothing to be done" in finished.make("--dry-run").output
    assert read_products(finished.folder) == finished.products


def test_without_the_profile_the_same_runs(finished):
    for script in (finished.checkout / "workflow/scripts").glob("*.py"):
        script.touch()  # Snakemake's own triggers would run everything
    said = finished.make("--dry-run", "--workflow-profile", "none").output
    assert "Nothing to be done" in said


def test_plain_snakemake_decides_by_its_own_triggers(finished):
    """It takes a damaged shard for a new one; and no trigger is refused."""
    undo = truncate(SHARD)(finished)
    finished.environment = {"RAPIDMASS_PLAIN_SNAKEMAKE": "1"}
    try:
        said = finished.make("--dry-run", "--rerun-triggers", "mtime").output
    finally:
        finished.environment = {}
        undo()
    assert "rule write_megaset:" in said
    assert "rule build_shard:" not in said
    assert "What runs, and why" not in said
    assert "Nothing to be done" in finished.make("--dry-run").output


def test_a_job_runs_alone_as_its_log_says(finished):
    first = (finished.folder / "logs/build_shard/lep/rmm/b1/b1.log").read_text().splitlines()[0]
    command = shlex.split(first.partition("of the run: ")[2])
    assert command == ["snakemake", "--cores", "1", "--force", SHARD]
    said = finished.make(*command[3:], cores=1).output
    assert "1 of 1 steps (100%) done" in said
    assert read_products(finished.folder) == finished.products


@pytest.mark.parametrize("option", [("--rerun-triggers", "mtime"), ("--persistence-backend", "db")])
def test_other_judges_are_refused(finished, option):
    outcome = finished.snakemake("--dry-run", *option)
    assert outcome.returncode == 1
    assert f"leave out {option[0]}" in outcome.output


def test_the_record_of_a_product_tells_all(finished):
    from rapidmass.provenance.atomic_files import read_json

    record = read_json(finished.folder / "results/lep/rmm/shards/b1/.b1.parquet.record.json")
    assert record["settings"]["shard.seed"] == {"seed": 1}
    assert {"uproot", "numba", "pyarrow"} <= set(record["versions"])
    assert list(record["files"]) == ["b1.root"]
    assert {"build_shard.py", "rapidmass.representations.rmm.kernel"} <= set(record["modules"])
    assert list(record["outputs"]) == [SHARD, SHARD.replace(".parquet", ".cutflow.json")]
    assert Path(finished.folder, SHARD).stat().st_size
