"""What is told of how a run was started."""

import json
import sys
from dataclasses import replace
from types import SimpleNamespace

from jobs.reporting import describe_start
from sources import ROOT


def test_the_start_of_a_run_is_told_without_secrets(context, monkeypatch):
    words = ["snakemake", "--cores", "2", "--config", "title=https://me:hush@server.org/a b"]
    monkeypatch.setattr(sys, "argv", words)
    told = json.loads(describe_start(context, SimpleNamespace()).text)
    assert list(told) == ["commit", "date", "command", "configuration"]
    assert told["command"].startswith("snakemake --cores 2 --config 'title=https://")
    assert "hush" not in told["command"]
    assert told["configuration"] == "the tests"


def test_files_are_named_from_the_working_folder_or_the_checkout(context, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "config/mine.yaml"
    elsewhere = tmp_path.parent / "other.yaml"
    delivered = ROOT / "config/config.yaml"
    origin = " + ".join(map(str, (delivered, own, elsewhere)))
    told = json.loads(describe_start(replace(context, origin=origin), SimpleNamespace()).text)
    assert told["configuration"] == f"config/config.yaml, config/mine.yaml, {elsewhere}"


def test_where_there_is_no_repository_that_is_told(context, tmp_path):
    told = json.loads(describe_start(replace(context, checkout=tmp_path), SimpleNamespace()).text)
    assert told["commit"] == "not in a repository"
