"""What a hunt for bumps may look at, and what is asked of its keys."""

import pytest
from pydantic import ValidationError

from bump_events import make_settings
from rapidmass.columnar.expressions import Expression
from rapidmass.config.load import ConfigError, load_analysis
from rapidmass.config.search.variables import list_used
from rapidmass.provenance.yaml_files import read_yaml
from rapidmass.search.bumps.windows import place_windows
from sources import ROOT

FILE = ROOT / "config/cwola-dilepton.yaml"


def load(file=FILE, /, **changes):
    content = read_yaml(file)
    for key in ("samples", "ntuple_formats", "processes"):
        content[key] = str(ROOT / content[key])
    return load_analysis({**content, **changes}, origin=file.name)


def measure_data(tmp_path):
    """Write a sample sheet whose data are measured."""
    text = (ROOT / "config/cwola-dilepton.tsv").read_text()
    assert "\t\tpseudo_data\t" in text
    sheet = tmp_path / "samples.tsv"
    sheet.write_text(text.replace("\t\tpseudo_data\t", "\tdata.root\t\t"))
    return str(sheet)


def test_pseudo_data_may_be_looked_at():
    analysis = load()
    assert analysis.config.unblinding is None
    assert analysis.config.studies.bump_hunt.enabled
    assert "m_ll" in list_used(analysis.config, "dilepton")


def test_the_hunt_in_two_jets_hides_its_signal_and_has_no_mass_among_the_features():
    analysis = load(ROOT / "config/cwola-dijet.yaml")
    assert "hidden" in analysis.list_pseudo_sources()
    assert analysis.list_backgrounds("dijet") == {"dijets": ["dijets"]}
    assert "m_jj" in list_used(analysis.config, "dijet")
    hunt = analysis.config.studies.bump_hunt
    windows = place_windows(hunt)
    assert any(one.low < 3500 < one.high for one in windows)
    features = analysis.config.representations["substructure"].features
    assert not [text for text in features.values() if "m_jj" in Expression(text).names]


def test_the_idealised_detector_is_for_pseudo_data(tmp_path):
    hunt = {"enabled": True, "range": {"start": 100, "stop": 250}, "resolution": 0.02}
    hunt |= {"method": "idealised", "where": "met < 60", "validation": True}
    load(studies={"bump_hunt": hunt})
    with pytest.raises(ConfigError, match=r"method idealised takes simulation .* choose salad"):
        load(samples=measure_data(tmp_path), studies={"bump_hunt": hunt})


@pytest.mark.parametrize(
    ("changes", "needed"),
    [({}, True), ({"spurious_signal": False}, False),
     ({"spurious_signal": False, "method": "salad"}, True),
     ({"spurious_signal": False, "method": "lacathode"}, False)],
)  # fmt: skip
def test_simulation_is_read_where_something_needs_it(changes, needed):
    assert make_settings(**changes).needs_simulation == needed


def test_no_selection_takes_what_is_hidden_for_known_background():
    analysis = load()
    assert "hidden" in analysis.list_pseudo_sources()
    channels = analysis.list_backgrounds("dilepton").values()
    assert not [name for names in channels for name in names if name == "hidden"]


def test_measured_data_need_to_be_unblinded(tmp_path):
    sheet = measure_data(tmp_path)
    with pytest.raises(ConfigError, match=r"studies.bump_hunt looks at all data .*'unblinding'"):
        load(samples=sheet)
    load(samples=sheet, unblinding={"by": "the collaboration", "reason": "ready"})
    hunt = {"enabled": True, "range": {"start": 100, "stop": 250}, "resolution": 0.02}
    region = {"where": "met < 60", "validation": True}
    load(samples=sheet, studies={"bump_hunt": {**hunt, **region}})
    with pytest.raises(ConfigError, match="the search is blinded"):
        load(samples=sheet, studies={"bump_hunt": {**hunt, "where": "met < 60"}})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"range": {"start": 300, "stop": 200}}, "stop must be above start"),
        ({"parameters": [4, 3]}, "give the fewest first"),
        ({"efficiencies": [0.1, 0.1]}, "one is listed twice"),
        ({"efficiencies": [0.0]}, "greater than 0"),
        ({"validation": True}, "where is missing"),
        ({"folds": 1}, "greater than or equal to 2"),
        ({"range": {"start": 100, "stop": 110}}, "no window fits"),
    ],
)
def test_keys_that_mean_nothing_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        make_settings(**changes)


def test_the_representation_must_exist():
    hunt = {"enabled": True, "representation": "tabel", "range": {"start": 100, "stop": 250}}
    with pytest.raises(ConfigError, match=r"studies.bump_hunt.representation.*tabel"):
        load(studies={"bump_hunt": hunt})
