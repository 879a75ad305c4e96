"""What the sample sheet, the selections, the campaigns and the formats must agree on."""

from copy import deepcopy

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.config.load import ConfigError, load_analysis
from rapidmass.config.search.variables import keep_variables, list_columns
from runs import TINY_FORMAT, make_config

SIMULATION = {"cross_section": 1, "sum_of_weights": 10}
ROWS = {
    "Z_low": {"channel": "Z", "role": "background", **SIMULATION},
    "Z_high": {"channel": "Z", "role": "background", **SIMULATION},
    "Z_all": {"channel": "Z_inclusive", "role": "background", **SIMULATION},
    "ttbar": {"channel": "ttbar", "role": "background", **SIMULATION},
    "susy": {"channel": "susy", "role": "signal", **SIMULATION},
    "data": {"channel": "data", "role": "data"},
}
SELECTION = {
    "cuts": [{"name": "lepton", "require": "n_lep > 0"}],
    "channels": {"Z": ["Z"], "top": ["ttbar"]},
    "signals": ["susy"],
    "data": ["data"],
}
COLUMNS = (
    "sample", "channel", "role", "format", "files", "campaign", "cross_section",
    "sum_of_weights", "constants", "replaces", "require", "simulates", "certified", "process",
)  # fmt: skip


def load(
    folder, changes=None, *, campaigns=("a",), channels=None, in_file=None, selected=None,
    variables=None, **blocks,
):  # fmt: skip
    """Load an analysis, with changes of the sheet by sample."""
    formats = folder / "ntuples"
    formats.mkdir(exist_ok=True)
    settings = TINY_FORMAT if in_file is None else {**TINY_FORMAT, "in_file": in_file}
    settings = {**settings, "variables": variables or {}}
    (formats / "tiny.yaml").write_text(yaml.safe_dump(settings))
    lines = ["\t".join(COLUMNS)]
    for name, row in ROWS.items():
        common = {"sample": name, "format": "tiny", "files": f"{name}.root", "campaign": "a"}
        cells = {**common, **row, **(changes or {}).get(name, {})}
        lines.append("\t".join(str(cells.get(column, "")) for column in COLUMNS))
    (folder / "samples.tsv").write_text("\n".join(lines) + "\n")
    selection = {**deepcopy(SELECTION), **({"channels": channels} if channels else {})}
    selection |= selected or {}
    content = make_config(
        campaigns={name: {"luminosity": 100.0} for name in campaigns},
        selections={"lep": selection},
        representations={"rmm": {"kind": "rmm", "types": [{"ele": 3}]}},
        **blocks,
    )
    content |= {"samples": str(folder / "samples.tsv"), "ntuple_formats": str(formats)}
    return load_analysis(content)


def explain(*arguments, **options):
    with pytest.raises(ConfigError) as error:
        load(*arguments, **options)
    return str(error.value)


def test_an_inclusive_sample_may_lie_beside_its_slices_in_the_sheet(tmp_path):
    analysis = load(tmp_path, {"Z_all": {"replaces": "Z_low Z_high"}})
    assert analysis.samples["Z_all"].replaces == ("Z_low", "Z_high")
    assert analysis.list_backgrounds("lep")["Z"] == ["Z_high", "Z_low"]


def test_an_inclusive_sample_may_be_taken_in_place_of_its_slices(tmp_path):
    chosen = {"Z": ["Z_inclusive"], "top": ["ttbar"]}
    analysis = load(tmp_path, {"Z_all": {"replaces": "Z_low Z_high"}}, channels=chosen)
    assert analysis.list_backgrounds("lep")["Z"] == ["Z_all"]


def test_backgrounds_that_no_selection_uses_are_known(tmp_path):
    assert load(tmp_path).list_unused_backgrounds() == ["Z_all"]
    assert load(tmp_path, channels={"Z": ["Z"]}).list_unused_backgrounds() == ["Z_all", "ttbar"]


@pytest.mark.parametrize("channels", [{"Z": ["Z"]}, {"Z": ["Z_inclusive"]}])
def test_slices_and_what_they_are_slices_of_stand_for_each_other(tmp_path, channels):
    rows = {"Z_all": {"replaces": "Z_low Z_high"}}
    analysis = load(tmp_path, rows, channels=channels | {"top": ["ttbar"]})
    assert analysis.list_unused_backgrounds() == []


@pytest.mark.parametrize(
    "channels",
    [
        {"Z": ["Z", "Z_inclusive"], "top": ["ttbar"]},
        {"Z": ["Z"], "other": ["Z_inclusive", "ttbar"]},
    ],
)
def test_no_selection_uses_an_inclusive_sample_beside_its_slices(tmp_path, channels):
    message = explain(tmp_path, {"Z_all": {"replaces": "ttbar Z_high"}}, channels=channels)
    assert "selection lep uses sample Z_all and " in message
    assert "which it replaces: the same events would count twice" in message


def test_a_signal_may_not_replace_a_background_that_is_used(tmp_path):
    message = explain(tmp_path, {"susy": {"replaces": "ttbar"}})
    assert "selection lep uses sample susy and ttbar, which it replaces" in message


@pytest.mark.parametrize(
    ("replaces", "message"),
    [
        ("Z_hihg", "sample Z_all: replaced sample 'Z_hihg' does not exist; did you mean 'Z_high'?"),
        ("Z_low Z_all", "sample Z_all: replaced sample 'Z_all' does not exist"),
    ],
)
def test_a_replaced_sample_must_be_another_one_of_the_sheet(tmp_path, replaces, message):
    assert message in explain(tmp_path, {"Z_all": {"replaces": replaces}})


def name_campaigns(**campaigns):
    rows = dict.fromkeys(ROWS, "a d e") | {"data": "a"} | campaigns
    return {name: {"campaign": text} for name, text in rows.items()}


def test_a_sample_may_stand_for_several_campaigns(tmp_path):
    analysis = load(tmp_path, name_campaigns(), campaigns="ade")
    assert analysis.samples["ttbar"].campaign == ("a", "d", "e")


def test_samples_of_a_channel_may_share_the_campaigns(tmp_path):
    shared = name_campaigns(Z_low="a", Z_high="e d")
    assert load(tmp_path, shared, campaigns="ade").samples["Z_low"].campaign == ("a",)


def test_a_channel_without_samples_of_a_campaign_is_named(tmp_path):
    message = explain(tmp_path, name_campaigns(Z_low="a", Z_high="a"), campaigns="ade")
    assert "selection lep: channel Z has samples of a only, and would lack the" in message
    assert "the luminosity of d, e: " in message
    assert "name them all in the column 'campaign'" in message


def test_a_part_of_a_channel_of_the_selection_is_looked_at_by_itself(tmp_path):
    merged = {"all": ["Z", "ttbar"]}
    message = explain(tmp_path, name_campaigns(ttbar="d"), campaigns="ade", channels=merged)
    assert "channel ttbar has samples of d only, and would lack the luminosity of a, e" in message


def test_what_is_simulated_by_campaign_must_cover_all_by_itself(tmp_path):
    rows = name_campaigns(Z_low="a d e", Z_high="a")
    assert load(tmp_path, rows, campaigns="ade").samples["Z_high"].campaign == ("a",)
    rows["Z_high"]["simulates"] = "Z_at_high_mass"
    message = explain(tmp_path, rows, campaigns="ade")
    assert "Z_at_high_mass of channel Z has samples of a only, and would lack the" in message


def test_a_signal_without_a_campaign_is_named(tmp_path):
    message = explain(tmp_path, name_campaigns(susy="e a"), campaigns="ade")
    assert "signal susy has samples of a, e only, and would lack the luminosity of d" in message


def test_what_no_selection_uses_may_lack_campaigns(tmp_path):
    assert load(tmp_path, name_campaigns(Z_all="a"), campaigns="ade")


def test_a_campaign_counts_once(tmp_path):
    message = explain(tmp_path, {"ttbar": {"campaign": "a a"}})
    assert "sample ttbar: campaign a is listed twice" in message


@given(
    chosen=st.fixed_dictionaries(
        {
            name: st.lists(st.sampled_from("ade"), min_size=1, unique=True)
            for name in ("Z_low", "Z_high", "ttbar", "susy")
        }
    )
)
def test_simulation_stands_for_all_of_the_luminosity_or_none(tmp_path_factory, chosen):
    rows = name_campaigns(**{name: " ".join(campaigns) for name, campaigns in chosen.items()})
    groups = [{*chosen["Z_low"], *chosen["Z_high"]}, {*chosen["ttbar"]}, {*chosen["susy"]}]
    folder = tmp_path_factory.mktemp("sheet")
    if all(group == set("ade") for group in groups):
        assert load(folder, rows, campaigns="ade")
    else:
        assert "would lack the luminosity of" in explain(folder, rows, campaigns="ade")


@pytest.mark.parametrize("column", ["cross_section", "sum_of_weights"])
def test_numbers_from_files_need_a_format_that_finds_them(tmp_path, column):
    message = explain(tmp_path, {"ttbar": {column: "file"}})
    assert f"sample ttbar of the format tiny: the column '{column}' says 'file'" in message
    assert "the ntuple format has no 'in_file'" in message
    assert "give it one, or the sheet a number" in message


def test_numbers_from_files_are_fine_where_the_format_finds_them(tmp_path):
    in_file = {"cross_section": "xsec", "sum_of_weights": "sumw"}
    both = {"ttbar": {"cross_section": "file", "sum_of_weights": "file"}}
    assert load(tmp_path, both, in_file=in_file).samples["ttbar"].cross_section == "file"


def test_certified_sections_are_of_data_whose_format_finds_them(tmp_path):
    certified = {"certified": "golden.json"}
    assert "sample data has certified sections, and the ntuple format tiny" in explain(
        tmp_path, {"data": certified}
    )
    assert "simulated sample ttbar has certified sections" in explain(
        tmp_path, {"ttbar": certified}
    )


@pytest.mark.parametrize(
    ("plots", "message"),
    [
        (
            {"channel_colours": {"topp": "#000000"}},
            "plots.channel_colours: channel 'topp' does not exist; did you mean 'top'?",
        ),
        (
            {"channel_labels": {"suzy": "SUSY"}},
            "channel, sample or score 'suzy' does not exist; did you mean 'susy'?",
        ),
        ({"channel_colours": {"susy": "#000000"}}, "channel 'susy' does not exist"),
    ],
)
def test_plots_name_what_there_is(tmp_path, plots, message):
    assert message in explain(tmp_path, plots=plots)


def test_channels_samples_and_scores_have_labels(tmp_path):
    labels = dict.fromkeys(("Z", "top", "ttbar", "Z_low", "susy", "data"), "a label")
    found = load(tmp_path, plots={"channel_labels": labels, "channel_colours": {"Z": "#000000"}})
    assert found.config.plots.channel_labels == labels


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"x": "n_eel"}, "variable x: name 'n_eel' does not exist; did you mean 'n_ele'?"),
        ({"x": "elle.pt"}, "name 'elle.pt' does not exist; did you mean 'ele'?"),
        ({"x": "y", "y": "x + 1"}, "'x' is defined by itself: x -> y -> x"),
        ({"x": "ele + 1"}, "ele is a list of four-vectors where a number is needed"),
        ({"x": "ele[0].isolation"}, "a four-vector has no .isolation"),
        ({"x": "m(z_pair(lep))"}, "z_pair needs charges"),
        ({"x": "ele.pt[0]"}, "event 0 has 0 members"),
        ({"twice": "met"}, "variable 'twice' is 'met' in the selection and '2 * met' in the"),
        ({"ele": "met"}, "variable 'ele' has the name of an object"),
        ({"ht": "met"}, "the name 'ht' has a meaning already"),
        ({"n_x": "met"}, "the name 'n_x' has a meaning already"),
        ({"1x": "met"}, "'1x' cannot stand in an expression"),
    ],
)
def test_variables_are_tried_when_the_configuration_is_read(tmp_path, variables, message):
    found = explain(tmp_path, selected={"variables": variables}, variables={"twice": "2 * met"})
    assert message in found


@pytest.mark.parametrize(
    ("require", "message"),
    [
        ("ele.pt > 30", "gives a list, and not one number an event: go over it with any(...)"),
        ("x", "must be true or false"),
        ("hard & (x > 1)", None),
        ("any(dr(ele, ele[0]) > 1) | (mt(lep[0], met) > 50)", None),
    ],
)
def test_cuts_are_conditions_on_variables(tmp_path, require, message):
    variables = {"x": "pt(ele[0], met)", "hard": "met > 20"}
    cuts = [{"name": "cut", "require": require}]
    selected = {"cuts": cuts, "variables": variables}
    if message is None:
        load(tmp_path, selected=selected)
    else:
        assert message in explain(tmp_path, selected=selected)


def test_spectra_have_axes_and_baselines_are_numbers(tmp_path):
    selected = {"variables": {"x": "met / 2", "v": "system(ele)"}, "spectra": ["met", "x"]}
    assert "scan.variables.x: {start" in explain(tmp_path, selected=selected)
    axis = {"start": 0, "stop": 10, "step": 1}
    scan = {"variables": {"x": axis}}
    baselines = {"a": {"kind": "variable", "variable": "x"}, "b": {"kind": "multiplicity"}}
    config = load(tmp_path, selected=selected, scan=scan, baselines=baselines).config
    assert list_columns(config, "lep") == ["multiplicity", "x"]
    for name, message in (
        ("v", "is a four-vector where a number is needed"),
        ("y", "name 'y' does not exist"),
        ("n_ele", "define a variable with another name"),
    ):
        baselines = {"a": {"kind": "variable", "variable": name}}
        assert message in explain(tmp_path, selected=selected, scan=scan, baselines=baselines)
    assert "kind 'variable' needs the key" in explain(
        tmp_path, baselines={"a": {"kind": "variable"}}
    )
    studies = {"fits": {"enabled": True, "axes": [{"variable": "x", "edges": [0]}]}}
    config = load(tmp_path, selected=selected, scan=scan, studies=studies).config
    assert list_columns(config, "lep") == ["x"]
    compared = {"data_comparison": {"enabled": True, "variables": ["ht", "x"]}}
    config = load(tmp_path, selected=selected, scan=scan, studies=compared).config
    assert list_columns(config, "lep") == ["x"]
    studies["fits"]["axes"][0]["variable"] = "xx"
    assert "name 'xx' does not exist; did you mean 'x'?" in explain(
        tmp_path, selected=selected, scan=scan, studies=studies
    )
    scan = {"variables": {"met": axis}}
    assert "the axis of met is the key 'met' itself" in explain(tmp_path, scan=scan)


def test_only_variables_that_are_used_reach_a_job(tmp_path):
    variables = {"x": "y + 1", "y": "met", "unused": "2 * met"}
    cuts = [{"name": "cut", "require": "x > 1"}]
    analysis = load(
        tmp_path, selected={"cuts": cuts, "variables": variables}, variables={"y": "met"}
    )
    found = keep_variables(analysis.config, "lep", analysis.formats["tiny"], "rmm")
    assert found == {"x": "y + 1", "y": "met"}
