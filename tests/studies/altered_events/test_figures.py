import json

import pytest

from rapidmass.studies.altered_events.figures import draw_alterations
from synthetic_alterations import EDGES, FACTORS, make_study

SCORERS = ("vae_deep-kl", "met")


@pytest.fixture(scope="module")
def studies():
    return [make_study(name, 0.05 * k) for k, name in enumerate(SCORERS)]


@pytest.fixture(scope="module")
def drawn(analysis, studies, tmp_path_factory):
    return draw_alterations(tmp_path_factory.mktemp("section"), analysis.frame, studies)


def read_numbers(drawn, name):
    (path,) = (figure.path for figure in drawn if figure.path.stem == name)
    return json.loads(path.with_suffix(".json").read_text())


def test_each_alteration_and_each_score_has_its_figures(drawn):
    assert [figure.path.stem for figure in drawn] == [
        "auc_lepton_pt",
        "efficiency_lepton_pt_0",
        "efficiency_lepton_pt_1",
        "auc_others",
        *(f"scores_{name}" for name in SCORERS),
    ]
    for figure in drawn:
        assert figure.path.stat().st_size > 10_000
        assert figure.path.with_suffix(".pdf").is_file()


def test_curves_are_those_of_the_study(drawn, studies):
    numbers = read_numbers(drawn, "auc_lepton_pt")
    assert numbers["factors"] == list(FACTORS)
    for study in studies:
        entries = study["alterations"][:3]
        curve = numbers["scorers"][study["scorer"]]
        assert curve["value"] == [entry["auc"] for entry in entries]
        assert curve["low"][0] == pytest.approx(entries[0]["auc"] - 0.0123)
        assert curve["high"][2] is None
    numbers = read_numbers(drawn, "efficiency_lepton_pt_1")
    assert numbers["scorers"]["met"]["value"] == [0.002, 0.003, None]
    assert numbers["scorers"]["met"]["low"] == [0.001, 0.002, None]


def test_alterations_without_a_factor_stand_side_by_side(drawn, studies):
    numbers = read_numbers(drawn, "auc_others")
    assert numbers["alterations"] == ["shuffled", "noise"]
    expected = [entry["auc"] for entry in studies[1]["alterations"][3:]]
    assert numbers["scorers"]["met"]["value"] == expected


def test_shapes_are_those_of_the_score(drawn, studies):
    numbers = read_numbers(drawn, "scores_vae_deep-kl")
    assert numbers["edges"] == EDGES
    assert numbers["test"]["values"] == studies[0]["test"]["shape"]["values"]
    assert list(numbers["alterations"]) == [e["label"] for e in studies[0]["alterations"]]


def test_a_study_without_factors_can_be_drawn(analysis, tmp_path):
    study = make_study("met")
    some = {**study, "alterations": study["alterations"][3:]}
    drawn = draw_alterations(tmp_path, analysis.frame, [some])
    assert [figure.kind for figure in drawn] == ["others", "shapes"]
