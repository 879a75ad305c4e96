from importlib import import_module
from pathlib import Path

import pytest

from jobs import sections
from rapidmass.config.studies.all import Studies
from rapidmass.report.prose import TEMPLATE
from sources import RULES

KEYS = ["systematics", *Studies.model_fields]


@pytest.mark.parametrize("key", KEYS)
def test_every_study_has_what_a_section_needs(context, wildcards, key):
    job = wildcards(selection="3lep", study=key)
    settings = sections.describe(context, job)
    assert {name for name in settings if name.startswith("frame.")} >= {"frame.plots"}
    assert all(isinstance(paths, list) for paths in sections.list_inputs(context, job).values())
    _, module = settings["module"]
    assert callable(import_module(module).draw_section)
    assert module in sections.digest(context, job)


@pytest.mark.parametrize("key", KEYS)
def test_words_of_a_study_are_an_input_of_its_own_section(context, wildcards, key):
    job = wildcards(selection="3lep", study=key)
    (template,) = sections.list_inputs(context, job)["template"]
    assert template.endswith(f"rapidmass/studies/{key}/{TEMPLATE}")
    assert Path(template).is_file()


def test_every_study_has_rules(context):
    files = {path.stem for path in RULES if path.parent.name == "studies"}
    # what one says is in the scans already
    assert files == set(KEYS) - {"systematics"}
    assert sections.list_studies(context) == KEYS
