"""A search whose events are shown in two ways, from files to the report."""

import re

import numpy as np
import pyarrow.parquet as pq
import pytest

from rapidmass.representations.tables import get_elements

pytestmark = pytest.mark.workflow
EVENT_COLUMNS = ["key", "sample", "channel", "weight", "met", "met_phi", "m_ll", "flavour"]
FEATURES = {"met": "met", "n": "n_ele", "pt": "pt_lep1 / (met + 1)", "m": "m_ll"}


def use_two_representations(config):
    config["representations"]["few"] = {"kind": "table", "features": FEATURES}
    networks = config["architectures"]
    networks["vae"]["representation"] = "rmm"
    networks["ae"]["representation"] = "few"
    config["baselines"] = {
        "pca": {"kind": "pca", "components": 2, "representation": "few"},
        "cells": {"kind": "pca", "components": 2, "representation": "rmm"},
        "met": {"kind": "met"},
    }
    config["studies"] = {
        "altered_events": {
            "alterations": [
                {"kind": "scale_pt", "name": "harder", "objects": ["ele"], "factors": [1.5, 3]}
            ]
        },
        "blind_test": {
            "bins": 4, "widest": 2, "toys": 19, "experiments": 2,
        },
        "event_displays": {"networks": ["vae"], "events": 1},
        "latent_space": {"networks": ["ae", "vae"]},
        "data_comparison": {"scorer": "ae", "figures": 1},
    }  # fmt: skip
    for study in config["studies"].values():
        study["enabled"] = True


def read_both(folder, path):
    return [pq.read_table(folder / path.format(name)) for name in ("rmm", "few")]


def test_networks_and_baselines_see_events_in_their_own_representation(tiny):
    use_two_representations(tiny.config)
    tiny.make()
    place = "results/lep/{}/"
    products = ("megasets/0", "test/0", "altered")
    for name in products:  # the same events, told by their keys
        matrices, few = read_both(tiny.folder, f"{place}{name}.parquet")
        assert matrices.num_rows > 20
        for column in set(EVENT_COLUMNS) & set(matrices.column_names):
            assert matrices[column].to_pylist() == pytest.approx(
                few[column].to_pylist(), nan_ok=True
            )
    x = get_elements(read_both(tiny.folder, f"{place}test/0.parquet")[1], ["m", "met", "pt"])
    assert np.isnan(x["m"].to_numpy()).any()
    scores = tiny.folder / "results/lep/scores"
    for name in ("ae", "vae", "pca", "cells", "met"):
        table = pq.read_table(scores / name / "background.parquet")
        assert table.column_names[-1].startswith("score")
        assert not [column for column in table.column_names if column.startswith("feature")]
        assert np.isfinite(table["score"].to_numpy()).all()
    page = (tiny.folder / "results/report/report.html").read_text()
    assert "Network ae" in page
    assert "Mean rapidity-mass matrices: rmm" in page

    tiny.config["representations"]["other"] = {"kind": "table", "features": {"met": "met"}}
    tiny.config["architectures"]["new"] = {
        **tiny.config["architectures"]["ae"], "representation": "other"
    }  # fmt: skip
    plan = tiny.snakemake("--dry-run").output
    made = " ".join(re.findall("    output: (.*)", plan))
    for path in ("other/shards/b1/", "other/megasets/1.", "other/scalers/", "models/new/"):
        assert f"results/lep/{path}" in made
    assert not re.search("lep/(rmm|few|models/(ae|vae|pca))/", made), made
