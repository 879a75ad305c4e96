from types import SimpleNamespace

import pytest

from rapidmass.config.studies.fits import Fits

SELECTION = SimpleNamespace(channels={"ttbar": ["ttbar"]}, signals=["A", "B"])
CONFIG = SimpleNamespace(
    architectures={"ae": None, "vae": None},
    baselines={"met": None, "ht": None},
    selections={"3lep": SELECTION},
)
MET = {"variable": "met", "edges": [0, 50]}


def test_what_is_not_there_is_named():
    Fits(networks=["vae"], free_channels=["ttbar"]).check(CONFIG)
    with pytest.raises(ValueError, match=r"studies\.fits\.networks: network 'vea' does not exist"):
        Fits(networks=["vea"]).check(CONFIG)
    with pytest.raises(ValueError, match=r"free_channels: no selection has the channel 'top'"):
        Fits(free_channels=["top"]).check(CONFIG)
    with pytest.raises(ValueError, match=r"studies\.fits\.baselines: baseline 'st' does not exist"):
        Fits(baselines=["st"]).check(CONFIG)
    Fits(mass_series={"Z": {"A": 100, "B": 200}}).check(CONFIG)
    with pytest.raises(ValueError, match=r"mass_series\.Z: signal 'C' does not exist"):
        Fits(mass_series={"Z": {"A": 100, "C": 200}}).check(CONFIG)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"axes": []}, "axes"),
        ({"axes": [{"variable": "met"}]}, "give either shares or edges"),
        ({"axes": [{**MET, "shares": [0.5]}]}, "give either shares or edges"),
        ({"axes": [{"variable": "met", "edges": [50, 50]}]}, "must rise"),
        ({"axes": [{"variable": "score", "shares": [1.0]}]}, "shares"),
        ({"axes": [MET, MET]}, "met is listed twice"),
        ({"regions": [{"name": "a", "where": "met > 1", "control": True}]}, "must be searched"),
        ({"regions": [{"name": "a", "where": "met >"}]}, "where"),
        ({"background_uncertainty": 1.0}, "background_uncertainty"),
        ({"toys": 0}, "toys"),
        ({"mass_series": {"Z": {"A": 100}}}, "mass_series.Z"),
        ({"mass_series": {"Z": {"A": 100, "B": 100}}}, "have the same mass"),
    ],
)
def test_what_makes_no_sense_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        Fits(**changes)


def test_baselines_take_part_unless_some_are_chosen():
    assert Fits().list_baselines(CONFIG) == ["met", "ht"]
    assert Fits(baselines=["ht"]).list_baselines(CONFIG) == ["ht"]
    assert Fits(baselines=[]).list_baselines(CONFIG) == []


def test_fits_name_the_variables_that_they_need():
    regions = [{"name": "a", "where": "jets > 1 and m_ll < 100"}]
    assert Fits(regions=regions).variables == ["jets", "m_ll", "met"]
    assert Fits(axes=[{"variable": "score", "shares": [0]}]).variables == []
