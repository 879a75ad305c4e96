import pytest
from snakemake.exceptions import WorkflowError

from jobs.context import make_context
from sources import ROOT


def test_functions_get_the_context_and_further_arguments(context):
    function = context.given(lambda *arguments, key=0: (*arguments, key), "more", key=2)
    assert function("wildcards") == (context, "wildcards", "more", 2)


def test_settings_are_written_with_their_places(context):
    function = context.asked(lambda *_: {"seed": ("seed", 1)})
    assert function(None) == '{"seed": {"seed": 1}}'


def test_a_wrong_key_ends_with_the_name_of_the_configuration():
    with pytest.raises(WorkflowError, match=r"(?s)the tests.*sed: unknown key"):
        make_context({"sed": 1}, ROOT, "the tests")


def test_variations_are_those_that_change_a_sample(context):
    assert context.shifted == {name: {} for name in context.selections}
    assert context.sections == []


def test_sections_are_those_of_enabled_studies(make):
    context = make(studies={"fits": {"enabled": True}})
    assert context.sections == [(name, "fits") for name in context.selections]
