"""What an edit invalidates: exactly the jobs that depend on it, by a dry run of a finished run."""

import os
import re
from copy import deepcopy

import pytest

pytestmark = pytest.mark.workflow

TRAIN = {"train": 2}
SCORES = {"score": 6}
SCANS = {"scan_cuts": 2, "summarise_scans": 1}
FIGURES = {"draw_network": 2}
REPORT = {"write_report": 1}
AFTER_MODEL = SCORES | SCANS | FIGURES | REPORT
AFTER_MEGASETS = (
    {"measure_composition": 1, "fit_scaler": 1, "draw_matrices": 1} | TRAIN | AFTER_MODEL
)
ONE_NETWORK = {
    "train": 1, "score": 3, "scan_cuts": 1, "summarise_scans": 1, "draw_network": 1,
    "write_report": 1,
}  # fmt: skip
EVERYTHING = {"build_shard": 4, "collect_cutflows": 1, "write_megaset": 2} | AFTER_MEGASETS


def list_jobs(result):
    """Jobs that a dry run schedules, by rule."""
    assert result.returncode == 0, result.output[-3000:]
    table = re.search(r"Job stats:\njob +count\n[- ]+\n(.*?)\n\n", result.output, re.S)
    jobs = dict(line.split() for line in table.group(1).splitlines()) if table else {}
    return {rule: int(n) for rule, n in jobs.items() if rule not in ("all", "total")}


def edit_config(path, value):
    def edit(run):
        before = deepcopy(run.config)
        *parents, last = path.split(".")
        block = run.config
        for key in parents:
            block = block[int(key) if key.isdigit() else key]
        block[last] = value

        def undo():
            run.config = before

        return undo

    return edit


def edit_text(folder, path, old, new):
    def edit(run):
        file = getattr(run, folder) / path
        text, times = file.read_text(), (file.stat().st_atime_ns, file.stat().st_mtime_ns)
        assert old in text
        file.write_text(text.replace(old, new, 1))

        def undo():
            file.write_text(text)
            os.utime(file, ns=times)

        return undo

    return edit


def change_nothing(_):
    return lambda: None


def touch_code(run):
    for path in (run.checkout / "workflow").rglob("*.py"):
        path.touch()
    return lambda: None


def touch_input(run):
    (run.folder / "input/b1.root").touch()
    return lambda: None


def edit_sample(row, column, value):
    def edit(run):
        file = run.folder / "config/samples.tsv"
        text = file.read_text()
        header, *lines = text.splitlines()
        rows = [line.split("\t") for line in lines]
        chosen = next(cells for cells in rows if cells[0] == row)
        chosen[header.split("\t").index(column)] = value
        file.write_text("\n".join([header, *("\t".join(cells) for cells in rows)]) + "\n")
        return lambda: file.write_text(text)

    return edit


def reorder_config(run):
    before = run.config

    def turn(block):
        if isinstance(block, dict):
            return {key: turn(value) for key, value in reversed(block.items())}
        return block

    kept = ("channels",)  # the order of channels is the order in figures
    turned = turn(before)
    for name, selection in before["selections"].items():
        for key in kept:
            turned["selections"][name][key] = selection[key]
    run.config = turned

    def undo():
        run.config = before

    return undo


LIBRARY = "workflow/src/rapidmass/"
CASES = {
    "nothing": (change_nothing, {}),
    "key order": (reorder_config, {}),
    "touch of every module and script": (touch_code, {}),
    "touch of an input": (touch_input, {}),
    "docstring": (
        edit_text("checkout", LIBRARY + "rmm/kernel.py", '"""Compiled loops', '"""Fast loops'),
        {},
    ),
    "luminosity": (
        edit_config("campaigns.c.luminosity", 2000.0),
        SCANS | FIGURES | REPORT | {"draw_matrices": 1},
    ),
    "cross section of the signal": (
        edit_sample("sig", "cross_section", "0.02"),
        {"normalise_sample": 1} | SCANS | FIGURES | REPORT,
    ),
    "cross section of a background": (
        edit_sample("b1", "cross_section", "0.02"),
        {"normalise_sample": 1, "write_megaset": 2} | AFTER_MEGASETS,
    ),
    "learning rate of one network": (
        edit_config("architectures.vae.optimiser", {"learning_rate": 0.01}),
        ONE_NETWORK,
    ),
    "a new network": (
        edit_config(
            "architectures.ae2",
            {"family": "autoencoder", "layers": [{"units": "inputs", "activation": "tanh"}]},
        ),
        ONE_NETWORK,
    ),
    "scan": (edit_config("scan.score_quantiles", [0.5, 0.8]), SCANS | FIGURES | REPORT),
    "plot style": (
        edit_config("plots", {"label": "Preliminary"}),
        FIGURES | REPORT | {"draw_matrices": 1},
    ),
    "axis of the score, which only figures use": (
        edit_config("scan.score", {"start": -6, "stop": 4, "step": 0.1}),
        FIGURES | REPORT,
    ),
    "cut": (edit_config("selections.lep.cuts.0.require", "pt_lep1 > 21"), EVERYTHING),
    "multiplicity": (edit_config("rmm.types.ele", 2), EVERYTHING),
    "number of megasets": (
        edit_config("megasets.number", 3),
        {"write_megaset": 3} | AFTER_MEGASETS,
    ),
    "seed": (edit_config("seed", 2), EVERYTHING),
    "module of the matrix": (
        edit_text("checkout", LIBRARY + "rmm/kernel.py", "n = 0\n", "n = 0 + 0\n"),
        EVERYTHING,
    ),
    "module of one family": (
        edit_text(
            "checkout",
            LIBRARY + "architectures/vae.py",
            "import torch\n",
            "import torch\n\nA = 1\n",
        ),
        ONE_NETWORK,
    ),
    "module of the significances": (
        edit_text(
            "checkout",
            LIBRARY + "stats.py",
            "import numpy as np\n",
            "import numpy as np\n\nA = 1\n",
        ),
        SCANS | FIGURES | REPORT,
    ),
    "script of the report": (
        edit_text("checkout", "workflow/scripts/write_report.py", "split = ", "split = (1) and "),
        REPORT,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_edit_reruns_what_depends_on_it(finished_tiny, case):
    edit, expected = CASES[case]
    undo = edit(finished_tiny)
    try:
        found = list_jobs(finished_tiny.snakemake("--dry-run"))
    finally:
        undo()
        finished_tiny.save()
    assert found == expected
