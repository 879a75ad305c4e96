"""The documentation of the configuration says what the model says."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from rapidmass.config.load import load_analysis
from rapidmass.config.reference import document_config, write_reference
from rapidmass.config.reference_text import MINIMAL_CONFIG, MINIMAL_SHEET
from rapidmass.config.root import Config

README = Path(__file__).parents[2] / "config" / "README.md"
COMPLETE = [
    *README.parent.glob("ntuples/*.yaml"),
    README.with_name("config.yaml"),
    *README.parent.glob("atlas-open-data-*.yaml"),
]


def test_what_people_and_editors_read_is_up_to_date(tmp_path):
    write_reference(tmp_path)
    for path in tmp_path.iterdir():
        assert (README.parent / path.name).read_text() == path.read_text(), "run `make docs`"


@pytest.mark.parametrize("path", COMPLETE, ids=lambda path: path.stem)
def test_an_editor_that_follows_the_schema_finds_delivered_files_right(path):
    first, *_ = path.read_text().split("\n")
    name = re.fullmatch(r"# yaml-language-server: \$schema=(.*)", first)[1]
    schema = json.loads((path.parent / name).read_text())
    validator = jsonschema.Draft202012Validator(schema)
    content = yaml.safe_load(path.read_text())
    assert list(validator.iter_errors(content)) == []
    assert list(validator.iter_errors({**content, "no_such_key": 1}))


def test_every_top_level_key_is_explained():
    text = document_config()
    assert all(f"| `{name}` |" in text for name in Config.model_fields)
    assert "|  |\n" not in text  # a key without a meaning


def test_the_smallest_configuration_is_enough(tmp_path):
    (tmp_path / "samples.tsv").write_text(MINIMAL_SHEET)
    delivered = README.parent / "ntuples" / "atlas_open_data_2025.yaml"
    (tmp_path / "my_format.yaml").write_text(delivered.read_text())
    places = {"samples": str(tmp_path / "samples.tsv"), "ntuple_formats": str(tmp_path)}
    analysis = load_analysis({**yaml.safe_load(MINIMAL_CONFIG), **places})
    backgrounds = {"top pairs": ["ttbar"], "Z": ["Zee", "Zmm"]}
    assert analysis.list_backgrounds("two_leptons") == backgrounds
