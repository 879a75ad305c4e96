from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from rapidmass.config.studies.data_comparison import DataComparison

CONFIG = SimpleNamespace(
    selections={
        "2lep": SimpleNamespace(channels={"ttbar": ["ttbar"]}, data=["data"]),
        "3lep": SimpleNamespace(channels={"higgs": ["higgs"]}, data=[]),
    },
    architectures={
        "ae": SimpleNamespace(score_names=("error",)),
        "vae": SimpleNamespace(score_names=("error", "kl")),
    },
    baselines={"met": None},
)


def test_it_is_done_where_there_are_data():
    assert not DataComparison().enabled
    assert DataComparison().list_selections(CONFIG) == ["2lep"]


@pytest.mark.parametrize("scorer", ["ae", "vae-kl", "met"])
def test_any_score_can_blind(scorer):
    settings = DataComparison(scorer=scorer, channel_systematics={"higgs": 0.1, "ttbar": 0.05})
    settings.check(CONFIG)
    assert settings.get_scorer(CONFIG) == scorer
    assert DataComparison().get_scorer(CONFIG) == "ae"


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"scorer": "vae-kn"}, r"studies.data_comparison.scorer: score 'vae-kn' .* 'vae-kl'"),
        ({"scorer": "vae-error"}, "scorer: score 'vae-error' does not exist"),
        ({"channel_systematics": {"ttba": 0.1}}, "background channel 'ttba' .* 'ttbar'"),
    ],
)
def test_unknown_names_are_refused(block, message):
    with pytest.raises(ValueError, match=message):
        DataComparison(**block).check(CONFIG)


@pytest.mark.parametrize(
    "block",
    [
        {"figures": -1},
        {"figures": "some"},
        {"bins": 1},
        {"systematics": {"luminosity": 0}},
        {"systematics": {"luminosity": 1.7}},
        {"minimum_events": 0},
    ],
)
def test_values_out_of_range_are_refused(block):
    with pytest.raises(ValidationError):
        DataComparison(**block)
    assert DataComparison(figures="all").figures == "all"
