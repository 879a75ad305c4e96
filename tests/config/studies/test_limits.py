from types import SimpleNamespace

import pytest

from rapidmass.config.studies.limits import Limits

CONFIG = SimpleNamespace(architectures={"ae": None, "vae": None}, selections={"3lep": None})


def test_networks_that_are_not_there_are_named():
    Limits(networks=["vae"]).check(CONFIG)
    with pytest.raises(
        ValueError, match=r"studies\.limits\.networks: network 'vea' does not exist"
    ):
        Limits(networks=["vea"]).check(CONFIG)


@pytest.mark.parametrize(
    "changes",
    [{"quantile": 1.0}, {"bins": 0}, {"background_uncertainty": -0.1}, {"observable": "x y"}],
)
def test_what_makes_no_sense_is_refused(changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        Limits(**changes)
