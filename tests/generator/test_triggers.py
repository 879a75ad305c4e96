"""The trigger menus and their emulation."""

import numpy as np
import pytest

from rapidmass.generator.tables import LEPTON
from rapidmass.generator.triggers import (
    MENUS,
    Leg,
    draw_years,
    fire_triggers,
    list_triggers,
    read_legs,
)


def make_leptons(rows, copies=4000):
    """Repeat an event with leptons (flavour, pt, medium) many times."""
    table = np.zeros(copies * len(rows), LEPTON)
    table["event"] = np.repeat(np.arange(copies), len(rows))
    table["loose"] = True
    for name, values in zip(("flavour", "pt", "medium"), zip(*rows, strict=True), strict=True):
        table[name] = np.tile(values, copies)
    return table


def rate(rows, trigger, year, copies=4000):
    fired = fire_triggers(
        make_leptons(rows, copies), np.full(copies, year), np.random.default_rng(1)
    )
    return fired[trigger][0].mean()


def test_menus_have_the_triggers_of_their_years():
    assert {year: len(menu) for year, menu in MENUS.items()} == {2015: 6, 2016: 9, 2017: 7, 2018: 7}
    assert MENUS[2017] == MENUS[2018]
    assert len(list_triggers()) == len(set(list_triggers())) == 16
    assert "2e17_lhvloose_nod0_L12EM15VHI" in MENUS[2018]
    assert "e24_lhmedium_nod0_L1EM20VHI_mu8noL1" in MENUS[2016]


@pytest.mark.parametrize(
    ("trigger", "legs"),
    [
        ("2e12_lhloose_L12EM10VH", (Leg(1, 12, False, True), Leg(1, 12, False, True))),
        ("mu18_mu8noL1", (Leg(2, 18, False, True), Leg(2, 8, False, False))),
        ("e7_lhmedium_nod0_mu24", (Leg(1, 7, True, True), Leg(2, 24, False, True))),
        (
            "e24_lhmedium_nod0_L1EM20VHI_mu8noL1",
            (Leg(1, 24, True, True), Leg(2, 8, False, False)),
        ),
    ],
)
def test_legs_are_read_from_the_name(trigger, legs):
    assert read_legs(trigger) == legs


def test_every_trigger_has_two_legs():
    assert all(len(read_legs(trigger)) == 2 for trigger in list_triggers())
    with pytest.raises(ValueError, match="mu26_ivarmedium has 1 legs"):
        read_legs("mu26_ivarmedium")


@pytest.mark.parametrize("year", MENUS)
def test_years_fire_their_own_menu_only(year):
    rows = [(1, 60, True), (1, 50, True), (2, 60, True), (2, 50, True)]
    fired = fire_triggers(make_leptons(rows), np.full(4000, year), np.random.default_rng(1))
    assert {trigger for trigger, (events, _) in fired.items() if events.any()} == set(MENUS[year])


def test_thresholds_are_those_of_the_name():
    assert rate([(2, 20, True), (2, 20, True)], "2mu14", 2018) > 0.4
    assert rate([(2, 20, True), (2, 10, True)], "2mu14", 2018) == 0
    assert rate([(1, 20, True), (1, 20, True)], "2e24_lhvloose_nod0", 2018) == 0
    assert rate([(2, 30, True), (2, 10, True)], "mu22_mu8noL1", 2018) > 0.6


def test_one_lepton_cannot_be_both_legs():
    assert rate([(2, 60, True)], "mu22_mu8noL1", 2018) == 0
    assert rate([(1, 60, True), (2, 60, True)], "2e24_lhvloose_nod0", 2018) == 0


def test_medium_legs_ask_for_medium_electrons():
    trigger = "e26_lhmedium_nod0_mu8noL1"
    assert rate([(1, 40, True), (2, 20, True)], trigger, 2018) > 0.9
    assert rate([(1, 40, False), (2, 20, True)], trigger, 2018) == 0


def test_leptons_match_where_the_event_fired():
    leptons = make_leptons([(1, 40, True), (2, 20, True), (2, 9, True)])
    fired = fire_triggers(leptons, np.full(4000, 2018), np.random.default_rng(1))
    events, matched = fired["e17_lhloose_nod0_mu14"]
    assert 0.5 < events.mean() < 0.9
    assert np.array_equal(matched[0::3], events)
    assert np.array_equal(matched[1::3], events)
    assert not matched[2::3].any()


def test_years_are_drawn_by_luminosity():
    years = draw_years(100_000, np.random.default_rng(1))
    shares = {year: np.mean(years == year) for year in MENUS}
    assert shares == pytest.approx(
        {2015: 0.0232, 2016: 0.2374, 2017: 0.3188, 2018: 0.4206}, abs=0.007
    )
