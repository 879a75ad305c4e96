"""Representations by name, and which of them networks, baselines and studies see."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from rapidmass.columnar.event_variables import ALL
from rapidmass.config.load import ConfigError, load_analysis
from rapidmass.config.models.autoencoder import Autoencoder

ROOT = Path(__file__).parents[3]
MATRIX = {"kind": "rmm", "types": [{"ljet": 2}, {"ele": 2}]}
TABLE = {"kind": "table", "features": {"pt": "pt_lep1 / (met + 1)", "met": "met", "n": "n_bjet"}}
BOTH = {"cells": MATRIX, "features": TABLE}


@pytest.fixture
def content():
    content = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    for key in ("samples", "ntuple_formats", "processes"):
        content[key] = str(ROOT / content[key])
    content["studies"] = {}
    content["architectures"] = {"ae": content["architectures"]["ae_shallow"]}
    content["baselines"] = {"pca": {"kind": "pca", "components": 2}, "ht": {"kind": "ht"}}
    return content


def load(content, representations, network=None, baseline=None, **blocks):
    content = deepcopy(content)
    content["representations"] = representations
    if network:
        content["architectures"]["ae"]["representation"] = network
    if baseline:
        content["baselines"]["pca"]["representation"] = baseline
    return load_analysis({**content, **blocks}).config


def explain(*arguments, **blocks):
    with pytest.raises(ConfigError) as error:
        load(*arguments, **blocks)
    return str(error.value)


def test_the_only_one_need_not_be_named(content):
    config = load(content, {"features": TABLE})
    assert config.get_representation("ae") == config.get_representation("pca") == "features"
    assert config.get_representation("ht") == "features"
    assert config.list_matrices() == []
    assert config.objects == {"bjet": ALL}
    assert config.show("features").element_names == ("met", "n", "pt")


def test_of_several_each_model_says_which(content):
    config = load(content, BOTH, "features", "cells", sqrt_s=7000)
    assert config.get_representation("ae") == "features"
    assert config.get_representation("pca") == "cells"
    assert config.objects == {"ljet": 2, "ele": 2, "bjet": ALL}
    assert config.list_matrices() == ["cells"]
    assert config.show("cells").layout.sqrt_s == 7000
    others = {"a": TABLE, "features": TABLE, "m": MATRIX, "n": MATRIX}
    config = load(content, others, "features", "m")
    assert config.get_representation("ht") == "a"


def test_what_is_not_clear_is_refused(content):
    message = "architectures.ae.representation is missing: there are several, cells, features"
    assert message in explain(content, BOTH, None, "cells")
    assert "baselines.pca.representation is missing" in explain(content, BOTH, "cells")


def test_unknown_names_are_refused(content):
    message = "architectures.ae.representation: representation 'cell' does not exist; did you mean"
    assert message in explain(content, BOTH, "cell", "cells")


@pytest.mark.parametrize(
    ("representations", "message"),
    [
        ({}, "representations"),
        ({"scores": TABLE}, "scores is a folder of other products"),
        ({"a": {"kind": "tables"}}, "'rmm', 'table'"),
        ({"a": {**TABLE, "features": {}}}, "features"),
        ({"a": {**TABLE, "features": {"x": "met +"}}}, "features.x"),
        (
            {"a": {**TABLE, "features": {"x": "mett"}}},
            "representations.a, feature 'x': name 'mett' does not exist; did you mean 'met'?",
        ),
        ({"a": {**TABLE, "features": {"x": "n_tau"}}}, "feature 'x': name 'n_tau' does not exist"),
        ({"a": {**MATRIX, "sqrt_s": 13000}}, "sqrt_s: unknown key"),
    ],
)
def test_mistakes_are_named(content, representations, message):
    assert message in explain(content, representations)


def test_models_are_checked_against_what_they_see(content, monkeypatch):
    content["architectures"]["ae"]["exclude_features"] = ["m_*"]
    load(content, BOTH, "cells", "cells")
    assert "architectures.ae: excluded feature 'm_*'" in explain(content, BOTH, "features", "cells")
    del content["architectures"]["ae"]["exclude_features"]
    content["baselines"]["pca"]["components"] = 4
    assert "4 principal components of 3 features" in explain(content, BOTH, "cells", "features")
    content["baselines"]["pca"]["components"] = 2
    monkeypatch.setattr(Autoencoder, "takes", frozenset({"table"}))
    load(content, BOTH, "features", "cells")
    message = "architectures.ae: the family autoencoder takes table, but its representation is of"
    assert message in explain(content, BOTH, "cells", "cells")


@pytest.mark.parametrize("name", ["ht", "multiplicity", "st", "relative"])
def test_sums_over_objects_need_some(content, name):
    content["baselines"] = {"n": {"kind": "variable", "variable": name}}
    content["selections"]["2lep"]["variables"] = {"relative": "met / ht"}
    content["selections"]["3lep"]["variables"] = {"relative": "met / ht"}
    load(content, {"features": TABLE})
    nothing = {**TABLE, "features": {"met": "met"}}
    assert "are over the objects of the representations" in explain(content, {"features": nothing})


def test_studies_of_cells_need_a_matrix(content):
    displays = {"event_displays": {"enabled": True}}
    load(content, BOTH, "cells", "cells", studies=displays)
    message = "studies.event_displays: the network ae does not see rapidity-mass matrices"
    assert message in explain(content, BOTH, "features", "cells", studies=displays)
    comparison = {"data_comparison": {"enabled": True}}
    config = load(content, BOTH, "features", "features", studies=comparison)
    assert config.studies.data_comparison.get_representation(config) == "cells"
    two = {**BOTH, "more": MATRIX}
    where = "studies.data_comparison.representation"
    message = f"{where}: say which one has the cells to compare"
    assert message in explain(content, two, "cells", "cells", studies=comparison)
    comparison["data_comparison"]["representation"] = "features"
    assert f"{where}: representation of kind rmm 'features'" in explain(
        content, two, "cells", "cells", studies=comparison
    )
    comparison["data_comparison"]["representation"] = "more"
    assert load(content, two, "cells", "cells", studies=comparison).list_matrices() == [
        "cells",
        "more",
    ]
