"""The documentation of the configuration says what the model says."""

from pathlib import Path

from rapidmass.config.model import Config
from rapidmass.documentation import document_config

README = Path(__file__).parents[1] / "config" / "README.md"


def test_the_page_is_up_to_date():
    assert README.read_text() == document_config(), "run `make docs`"


def test_every_top_level_key_is_explained():
    text = document_config()
    assert all(f"| `{name}` |" in text for name in Config.model_fields)
    assert "|  |\n" not in text  # a key without a meaning
