"""The documentation of the configuration says what the model says."""

from pathlib import Path

import yaml

from rapidmass.config.load import load_analysis
from rapidmass.config.reference import document_config
from rapidmass.config.reference_text import MINIMAL_CONFIG, MINIMAL_SHEET
from rapidmass.config.root import Config

README = Path(__file__).parents[2] / "config" / "README.md"


def test_the_page_is_up_to_date():
    assert README.read_text() == document_config(), "run `make docs`"


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
