from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from rapidmass.config.studies.event_displays import EventDisplays
from rapidmass.config.studies.latent_space import LatentSpace


class Known:
    architectures = dict.fromkeys(("ae", "vae"), SimpleNamespace(told=(), followed=None))
    selections = {}  # noqa: RUF012
    megasets = None


@pytest.mark.parametrize("study", [EventDisplays, LatentSpace])
def test_studies_are_off_unless_asked_for_and_take_all_networks(study):
    settings = study()
    assert not settings.enabled
    assert settings.list_networks(Known) == ["ae", "vae"]
    assert study(networks=["vae"]).list_networks(Known) == ["vae"]


@pytest.mark.parametrize(
    ("study", "key"),
    [(EventDisplays, "studies.event_displays"), (LatentSpace, "studies.latent_space")],
)
def test_unknown_networks_are_named_with_their_key(study, key):
    with pytest.raises(ValueError, match=rf"{key}.networks: network 'vea'.*did you mean 'vae'"):
        study(networks=["vea"]).check(Known)


@pytest.mark.parametrize(
    ("study", "settings"),
    [(EventDisplays, {"events": 0}), (EventDisplays, {"cells": 0}), (LatentSpace, {"events": 1})],
)
def test_numbers_that_make_no_sense_are_refused(study, settings):
    with pytest.raises(ValidationError):
        study(**settings)
