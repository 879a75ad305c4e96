"""Profiles of clusters: what they name, and what a dry run tells of them."""

import importlib.util
import re

import pytest
import yaml

from runs import ROOT, start_tiny

RULE = re.compile(r"^\s*(?:rule|use rule \w+ as) (\w+)", re.M)
ASKED = {"slurm": "slurm_partition=cpu", "htcondor": "htcondor_request_mem_mb=4000"}


@pytest.mark.parametrize("name", ASKED)
def test_a_profile_names_rules_and_groups_that_there_are(name):
    profile = yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text())
    named = [*profile["set-resources"], *(text.split("=")[0] for text in profile["groups"])]
    texts = [path.read_text() for path in (ROOT / "workflow" / "rules").rglob("*.smk")]
    assert set(named) <= {rule for text in texts for rule in RULE.findall(text)}
    groups = {text.split("=")[1] for text in profile["groups"]}
    assert groups == {text.split("=")[0] for text in profile["group-components"]}
    # of a group, members come one after the other: each asks for the one lane
    for text in profile["groups"]:
        assert profile["set-resources"][text.split("=")[0]]["lanes"] == 1


@pytest.mark.parametrize(("name", "asked"), ASKED.items())
def test_jobs_ask_for_what_the_profile_says(tmp_path, name, asked):
    if importlib.util.find_spec(f"snakemake_executor_plugin_{name}") is None:
        pytest.skip(f"needs snakemake-executor-plugin-{name}")
    run = start_tiny(tmp_path)
    said = run.make("--dry-run", "--profile", str(ROOT / "profiles" / name), cores=None)
    assert "build_shard" in said.output
    assert asked in said.output
