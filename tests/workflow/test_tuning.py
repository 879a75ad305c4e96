"""`snakemake tuning` on small events of the user's own."""

import re
import shutil

import pytest
import yaml

from rapidmass.provenance.atomic_files import read_json
from runs import start_tiny

pytestmark = pytest.mark.workflow
RANGES = {"width": {"low": 8, "high": 16}, "latent": {"low": 2, "high": 6}, "batch_sizes": [64]}
SETTINGS = {"networks": ["ae"], "rounds": 2, "batches": 1, "trials": 2, "epochs": 1, "megasets": 1}
TUNED = "results/lep/tuning/ae"
SECTION = "results/lep/sections/tuning"


def count_jobs(output):
    """Jobs of each rule, from the table at the end of a dry run."""
    table = output.split("What runs, and why")[-1]
    return {rule: int(number) for rule, number in re.findall(r"^  (\w+) +(\d+) ", table, re.M)}


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    run = start_tiny(tmp_path_factory.mktemp("tuned"))
    run.config["studies"] = {"tuning": {**SETTINGS, "space": RANGES}}
    run.config["megasets"] = {"number": 2}
    run.make("tuning")
    return run


def test_only_background_is_read(tuned):
    shards = sorted(path.name for path in (tuned.folder / "results/lep/rmm/shards").iterdir())
    assert shards == ["b1", "b2"]  # neither the signal nor data
    assert not (tuned.folder / "results/lep/scores").exists()
    provenance = read_json(tuned.folder / TUNED / "1-0.json")["provenance"]
    assert set(provenance["products"]) == {
        "results/lep/rmm/megasets/0.parquet",
        "results/lep/rmm/scalers/minmax-clipped.json",
        f"{TUNED}/0-0.json",
    }


def test_trials_of_both_rounds_are_collected(tuned):
    trials = read_json(tuned.folder / TUNED / "trials.json")["trials"]
    places = [(trial["round"], trial["number"]) for trial in trials]
    assert places == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    assert all(trial["loss"] > 0 for trial in trials)
    assert (tuned.folder / SECTION / "section.json").exists()
    assert list((tuned.folder / "results/lep/checkpoints/tuning/ae").iterdir()) == []


def test_the_best_network_is_trained_where_its_file_is_named_too(tuned):
    block = str(tuned.folder / TUNED / "best.yaml")
    target = "results/lep/models/ae_tuned/card.json"
    said = tuned.make("--dry-run", target, "--configfile", block).output
    assert count_jobs(said) == {"train": 1, "total": 1}
    written = yaml.safe_load((tuned.folder / TUNED / "best.yaml").read_text())
    assert list(written["architectures"]) == ["ae_tuned"]
    assert written["architectures"]["ae_tuned"]["epochs"] == 2  # as configured, not as in trials


def test_more_rounds_keep_those_that_are_done(tuned):
    tuned.config["studies"]["tuning"]["rounds"] = 3
    said = tuned.make("--dry-run", "tuning").output
    tuned.config["studies"]["tuning"]["rounds"] = 2
    assert count_jobs(said) == {"tune": 1, "collect_trials": 1, "draw_section": 1, "total": 3}


def test_it_is_in_the_report_only_where_it_is_enabled(tuned):
    """Deleted, its section is made again where the report needs it."""
    shutil.rmtree(tuned.folder / SECTION)
    assert "draw_section" not in count_jobs(tuned.make("--dry-run").output)
    tuned.config["studies"]["tuning"]["enabled"] = True
    said = tuned.make("--dry-run").output
    assert count_jobs(said)["draw_section"] == 1
    (inputs,) = re.findall(r"^(?:local)?rule write_report:\n +input: (.*)", said, re.M)
    assert SECTION in inputs.split(", ")
