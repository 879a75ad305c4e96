from importlib import import_module

import pytest

from jobs import sections
from rapidmass.config.studies.all import Studies
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


def test_every_study_has_rules(context):
    files = {path.stem for path in RULES if path.parent.name == "studies"}
    assert files == set(KEYS) - {"systematics"}
    assert sections.list_studies(context) == KEYS
