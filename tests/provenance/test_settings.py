"""Settings of a job, under their names and their places in the configuration."""

import json

from rapidmass.provenance.settings import read_settings, write_settings


def test_a_script_reads_values_by_name_and_blocks():
    text = write_settings(
        {"seed": ("seed", 1), "frame.title": ("title", "t"), "frame.size": ("plots.size", [1, 2])}
    )
    assert read_settings(text) == {"seed": 1, "frame": {"title": "t", "size": [1, 2]}}
    assert json.loads(text)["frame.size"] == {"plots.size": [1, 2]}


def test_equal_settings_are_equal_texts():
    assert write_settings({"a": ("x", 1e-3), "b": ("y", 2)}) == write_settings(
        {"b": ("y", 2), "a": ("x", 0.001)}
    )
