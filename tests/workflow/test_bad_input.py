"""Bad input ends the run with a reason that can be acted upon, and leaves no output."""

import numpy as np
import pytest

pytestmark = pytest.mark.workflow


def break_tree(run, write_root, events):
    write_root(run.folder / "input/b1.root", events(1, 30), tree="other")


def break_branch(run, write_root, events):
    content = events(1, 30)
    content["mett"] = content.pop("met")
    write_root(run.folder / "input/b1.root", content)


def break_file(run, _write, _events):
    path = run.folder / "input/b1.root"
    path.write_bytes(path.read_bytes()[:300])


def break_number(run, write_root, events):
    content = events(1, 30)
    content["met"][7] = np.nan
    write_root(run.folder / "input/b1.root", content)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (break_tree, "has 0 trees called tiny, not one; it holds other"),
        (break_branch, "tree tiny has no branch 'met'; the nearest are"),
        (break_file, "cannot be read as a ROOT file"),
        (break_number, "entry 7 (run 1, event 7): met is not finite"),
    ],
)
def test_a_bad_file_is_named_and_leaves_nothing(tiny, write_root, tiny_events, damage, reason):
    damage(tiny, write_root, tiny_events)
    shard = "results/lep/rmm/shards/b1/b1.parquet"
    result = tiny.snakemake(shard)
    assert result.returncode != 0
    assert "input/b1.root" in result.output
    assert reason in result.output
    log = (tiny.folder / "logs/build_shard/lep/rmm/b1/b1.log").read_text().strip()
    assert reason in log.splitlines()[-1]
    assert [path for path in (tiny.folder / "results").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("megasets", {"numbr": 2}, "megasets.numbr: unknown key; did you mean 'number'?"),
        ("samples", "config/none.tsv", "there is no sample sheet"),
    ],
)
def test_a_bad_configuration_ends_before_any_job(tiny, path, value, reason):
    tiny.config[path] = value
    result = tiny.snakemake("--dry-run")
    assert result.returncode != 0
    assert reason in result.output
    assert "Traceback" not in result.output


def test_an_unknown_sample_in_a_selection_is_named(tiny):
    tiny.config["selections"]["lep"]["signals"] = ["sgi"]
    result = tiny.snakemake("--dry-run")
    assert result.returncode != 0
    assert "selection lep: signal sample 'sgi' does not exist; did you mean 'sig'?" in result.output


def test_a_pattern_that_matches_no_file_is_named(tiny):
    (tiny.folder / "input/b2.root").unlink()
    result = tiny.snakemake("--dry-run")
    assert result.returncode != 0
    assert "sample b2: no file matches input/b2.root" in result.output


def test_a_link_to_nothing_is_named(tiny):
    """Its shard would otherwise stay as it is, whatever is edited."""
    (tiny.folder / "input/b1.root").unlink()
    (tiny.folder / "input/b1.root").symlink_to("/not/mounted.root")
    outcome = tiny.snakemake("--dry-run")
    assert outcome.returncode == 1
    assert "sample b1: input/b1.root is a link to nothing" in outcome.output


def test_a_file_that_is_named_twice_is_one_file(tiny, write_root, tiny_events):
    """Its events would count twice where they have no numbers."""
    (tiny.folder / "input/again.root").symlink_to(tiny.folder / "input/b1.root")
    write_root(tiny.folder / "input/b1_more.root", tiny_events(7, 30))
    sheet = tiny.folder / "config/samples.tsv"
    names = "input/b1*.root ./input/b1.root input/again.root"
    sheet.write_text(sheet.read_text().replace("input/b1.root", names))
    plan = tiny.snakemake("--dry-run", "--until", "build_shard").output
    made = [line for line in plan.splitlines() if "output: results/lep/rmm/shards/b1/" in line]
    assert len(made) == 2


def test_a_file_of_two_samples_is_refused(tiny):
    sheet = tiny.folder / "config/samples.tsv"
    sheet.write_text(sheet.read_text().replace("input/sig.root", "input/../input/b1.root"))
    outcome = tiny.snakemake("--dry-run")
    assert outcome.returncode == 1
    assert "selection lep: samples b1 and sig both have the file" in outcome.output


@pytest.mark.parametrize("total", ["0", "-4"])
def test_a_sum_of_weights_that_is_not_positive_is_refused(tiny, total):
    sheet = tiny.folder / "config/samples.tsv"
    sheet.write_text(sheet.read_text().replace("300.0", total, 1))
    result = tiny.snakemake("--dry-run")
    assert result.returncode != 0
    assert "sample b1 has the sum of weights" in result.output


def test_a_negative_sum_of_weights_in_the_file_is_refused(tiny, write_root, tiny_events):
    content = tiny_events(1, 30)
    content["weight"] = -content["weight"]
    write_root(tiny.folder / "input/b1.root", content)
    sheet = tiny.folder / "config/samples.tsv"
    sheet.write_text(sheet.read_text().replace("300.0", "sum:tiny:weight", 1))
    result = tiny.snakemake("results/samples/b1.json")
    assert result.returncode != 0
    assert "sample b1: the sum of weights (sum:tiny:weight) is -300; it must be" in result.output
    assert not (tiny.folder / "results/samples/b1.json").exists()


def test_a_background_without_selected_events_is_told_in_the_report(tiny, write_root, tiny_events):
    content = tiny_events(1, 30)
    content["pt"] = 0 * content["pt"] + 15
    write_root(tiny.folder / "input/b1.root", content)
    result = tiny.make()
    assert "no event of sample b1 passes the selection" in result.output
    page = (tiny.folder / "results/report/report.html").read_text()
    assert "no event of b1 passes" in page


@pytest.mark.parametrize(("name", "role"), [("sig", "signal"), ("obs", "data")])
def test_a_signal_or_data_without_selected_events_is_refused(
    tiny, write_root, tiny_events, name, role
):
    content = tiny_events(1, 30)
    content["pt"] = 0 * content["pt"] + 15
    write_root(tiny.folder / f"input/{name}.root", content)
    result = tiny.snakemake("results/lep/cutflow.json")
    assert result.returncode != 0
    assert (
        f"no event of {role} sample {name} passes selection lep: none after 'lepton'"
        in result.output
    )
    assert not (tiny.folder / "results/lep/cutflow.json").exists()
