"""The configurations for public data: complete, consistent, and with the published numbers."""

import csv
import subprocess
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uproot
import yaml

from rapidmass.config.inputs.samples import Sample
from rapidmass.config.inputs.sheet import read_samples
from rapidmass.config.load import load_analysis, validate

ROOT = Path(__file__).parents[2]
TABLE = ROOT.parent / "shared/facts/atlas-open-data-samples.csv"
FILES = ROOT.parent / "shared/data/real/atlas-open-data-2020-13tev"
RELEASES = {2020: "2020e-13tev", 2025: "2025e-13tev-beta"}
SKIMS = {2020: "2lep", 2025: "2to4lep"}
# inclusive samples that the configuration takes in place of the slices that they replace
TAKEN = {2020: set(), 2025: {"346310", "346311", "346312", "346317"}}
# channels of the table, and how those of the sheets begin
CHANNELS = {
    "Zee": "Zeejets",
    "Zmm": "Zmmjets",
    "Ztt": "Zttjets",
    "Diboson": "diboson",
    "Triboson": "triboson",
    "Higgs": "higgs",
    "SUSY": "C1N2_WZ",
}


def read_content(year):
    content = yaml.safe_load((ROOT / f"config/atlas-open-data-{year}.yaml").read_text())
    content |= {key: str(ROOT / content[key]) for key in ("samples", "ntuple_formats")}
    return content


@pytest.fixture(params=sorted(RELEASES))
def year(request):
    return request.param


@pytest.fixture
def analysis(year):
    return load_analysis(read_content(year))


def list_simulated(analysis):
    return [sample for sample in analysis.samples.values() if not sample.is_data]


def get_number(sample):
    return sample.sample.rsplit("_", 1)[1]


@pytest.fixture
def table(year):
    if not TABLE.is_file():
        pytest.skip(f"the table of the releases is not at {TABLE}")
    with TABLE.open() as file:
        rows = [row for row in csv.DictReader(file) if row["release"] == RELEASES[year]]
    assert rows
    return rows


def list_used(analysis, selection):
    chosen = analysis.config.selections[selection]
    backgrounds = analysis.list_backgrounds(selection).values()
    return [*(name for names in backgrounds for name in names), *chosen.signals, *chosen.data]


def test_both_final_states_have_all_channels(year, analysis):
    expected = {
        "Wjets", "ttbar", "singletop", "topOther", "Zeejets", "Zmmjets", "Zttjets", "diboson2L",
        "diboson3L", "diboson4L", "higgs", *(["triboson"] if year == 2025 else []),
    }  # fmt: skip
    three, two = (analysis.list_backgrounds(name) for name in ("3lep", "2lep"))
    assert set(three) == expected
    assert set(two) == {c for c in expected if "jets" in c} | {"ttbar", "singletop", "diboson"}
    assert all(three.values())
    assert two["diboson"] == sorted(
        name for channel in expected if "diboson" in channel for name in three[channel]
    )


def test_networks_and_baselines_are_those_of_the_demo(analysis):
    """They differ in the size of the batches alone."""
    demo = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    for block in ("architectures", "baselines"):
        found = getattr(analysis.config, block)
        expected = type(analysis.config).model_validate(demo)
        assert found.keys() == getattr(expected, block).keys()
        for name, settings in getattr(expected, block).items():
            kept = {"batch_size"}
            assert found[name].model_dump(exclude=kept) == settings.model_dump(exclude=kept)
    assert analysis.config.sqrt_s == 13000
    assert analysis.config.files.bad_files == "quarantine"


def test_addresses_are_well_formed_and_unique(year, analysis):
    addresses = [address for sample in analysis.samples.values() for address in sample.files]
    assert [address for address, count in Counter(addresses).items() if count > 1] == []
    for address in addresses:
        parts = urlsplit(address)
        assert (parts.scheme, parts.netloc) == ("https", "opendata.cern.ch")
        assert parts.path.startswith("/eos/opendata/atlas/")
        assert parts.path.endswith(f".{SKIMS[year]}.root")
        assert not set(address) & set("*?[] #")


def test_sizes_and_checksums_are_given_for_every_file(analysis):
    for sample in analysis.samples.values():
        assert len(sample.size) == len(sample.adler32) == len(sample.files)
        assert len(set(sample.adler32)) == len(sample.files)


def test_names_hold_the_number_of_the_sample(analysis):
    for sample in list_simulated(analysis):
        assert f"mc_{get_number(sample)}." in sample.files[0]


def test_no_selection_counts_events_twice(analysis):
    samples = analysis.samples
    for selection in analysis.config.selections:
        used = list_used(analysis, selection)
        assert len(used) == len(set(used))
        for name in used:
            assert not set(samples[name].replaces) & set(used)


def test_an_inclusive_sample_beside_its_slices_is_refused(year):
    channels = {"Zeejets": ["Zeejets", "Zeejets_inclusive"]}
    if year == 2025:
        channels = {"higgs": ["higgs", "higgs_decays"]}
    content = read_content(year)
    content["selections"]["3lep"]["channels"] = channels
    with pytest.raises(ValueError, match="it replaces: the same events would count twice"):
        load_analysis(content)


def test_inclusive_samples_may_be_taken_in_place_of_slices():
    content = read_content(2020)
    for channel in ("Wjets", "Zeejets", "Zmmjets", "Zttjets"):
        content["selections"]["2lep"]["channels"][channel] = [f"{channel}_inclusive"]
    found = load_analysis(content).list_backgrounds("2lep")
    assert found["Zeejets"] == ["Zee_361106"]
    assert len(found["Wjets"]) == 6


def test_inclusive_samples_replace_all_their_slices():
    backgrounds = load_analysis(read_content(2020)).samples.values()
    for channel in ("Wjets", "Zeejets", "Zmmjets", "Zttjets"):
        slices = {s.sample for s in backgrounds if s.channel == channel}
        replaced = [s.replaces for s in backgrounds if s.channel == f"{channel}_inclusive"]
        assert {name for names in replaced for name in names} == slices


def test_luminosities_add_up():
    analysis = load_analysis(read_content(2020))
    periods = {name[-1]: s.luminosity for name, s in analysis.samples.items() if s.is_data}
    assert sum(periods.values()) == pytest.approx(analysis.config.luminosity, abs=0.01)
    assert analysis.config.luminosity == pytest.approx(10060, abs=5)
    published = {"A": 0.5, "B": 1.9, "C": 2.9, "D": 4.7}
    assert {name: round(number / 1000, 1) for name, number in periods.items()} == published


def test_data_of_2025_are_one_sample_with_the_whole_luminosity():
    analysis = load_analysis(read_content(2025))
    (data,) = (sample for sample in analysis.samples.values() if sample.is_data)
    assert (len(data.files), data.luminosity) == (16, None)
    assert analysis.config.luminosity == 36100


def test_signals_of_2020_have_the_branching_fractions_that_the_table_lacks():
    """W and Z fractions of the Particle Data Group, for three kinds of leptons."""
    z_to_leptons = 3 * 0.033658
    fractions = {"3L": 3 * 0.1086 * z_to_leptons, "2L2J": 0.6741 * z_to_leptons}
    for sample in load_analysis(read_content(2020)).samples.values():
        if sample.role == "signal":
            assert sample.factor == pytest.approx(fractions[sample.sample.split("_")[4]], rel=2e-3)
        else:
            assert sample.factor == 1


def test_the_table_of_signals_lacks_branching_fractions():
    """What it has in place of a cross section is more than decays to leptons can be, but no more
    than the whole (NLO+NLL, wino pairs; LHC SUSY Cross Section Working Group)."""
    whole = {100: 22.67, 200: 1.807, 300: 0.3869, 350: 0.2094, 400: 0.1210, 500: 0.04635,
             600: 0.02014, 700: 0.009510}  # fmt: skip
    for sample in load_analysis(read_content(2020)).samples.values():
        if sample.role == "signal":
            share = sample.cross_section / whole[int(sample.sample.split("_")[2])]
            assert 2 * sample.factor < share < 0.71
            if "200_100" not in sample.sample:  # the sheet says why
                assert share == pytest.approx(0.67 if "_3L_" in sample.sample else 0.555, abs=0.03)


def test_numbers_of_2025_come_from_the_files():
    for sample in list_simulated(load_analysis(read_content(2025))):
        assert (sample.cross_section, sample.sum_of_weights) == ("file", "file")
        assert (sample.k_factor, sample.filter_efficiency, sample.factor) == (1, 1, 1)


def test_every_default_sample_is_there_once(year, analysis, table):
    wanted = {
        row["dsid"]: row for row in table if row["use"] == "default" and row["role"] != "data"
    }
    found = Counter(get_number(sample) for sample in list_simulated(analysis))
    assert set(found.values()) == {1}
    assert wanted.keys() <= found.keys()
    for number in found.keys() - wanted.keys():
        (sample,) = (s for s in list_simulated(analysis) if get_number(s) == number)
        assert sample.replaces, f"{sample.sample} is no default sample and replaces none"
        assert sample.channel.endswith("_inclusive") or number in TAKEN[year]
    for sample in list_simulated(analysis):
        row = wanted.get(get_number(sample))
        if row:
            expected = CHANNELS.get(row["channel"], row["channel"])
            assert sample.channel.startswith(expected)
            assert sample.role == row["role"]


def test_every_default_background_takes_part(year, analysis, table):
    """All but those Higgs samples of 2025 that are a part of others, or no background."""
    used = {get_number(analysis.samples[name])
            for names in analysis.list_backgrounds("3lep").values() for name in names}  # fmt: skip
    for row in table:
        wanted = row["use"] == "default" and row["role"] == "background"
        if wanted and (row["channel"] != "Higgs" or year == 2020):
            assert row["dsid"] in used, row["name"]


def test_every_file_is_that_of_the_release(analysis, table):
    known = {row["url"]: (int(row["size_bytes"]), row["adler32"]) for row in table}
    for sample in analysis.samples.values():
        for address, size, checksum in zip(sample.files, sample.size, sample.adler32, strict=True):
            assert known[address] == (size, checksum)


def test_all_data_are_there(analysis, table):
    wanted = {row["url"] for row in table if row["role"] == "data"}
    found = {address for s in analysis.samples.values() if s.is_data for address in s.files}
    assert found == wanted


@pytest.mark.parametrize("year", [2020])
def test_cross_sections_and_sums_of_weights_are_those_of_the_release(table):
    rows = {row["dsid"]: row for row in table}
    for sample in list_simulated(load_analysis(read_content(2020))):
        row = rows[get_number(sample)]
        assert sample.cross_section == float(row["xsec_pb"])
        assert sample.sum_of_weights == float(row["sumw"])
        assert sample.k_factor * sample.filter_efficiency == 1 == float(row["kfactor"])
    assert float(rows["410155"]["sumw"]) == 4075279.75386


@pytest.mark.parametrize("number", ["361106", "361107", "361108", "410000", "410155"])
def test_numbers_of_the_sheet_are_those_in_the_files(number):
    """They are the same in other skims. Where the file has none, the sheet says so."""
    if not FILES.is_dir():
        pytest.skip(f"the ATLAS Open Data files are not at {FILES}")
    (path,) = FILES.glob(f"mc_{number}.*.root")
    (sample,) = (
        s for s in list_simulated(load_analysis(read_content(2020))) if get_number(s) == number
    )
    with uproot.open({path: "mini"}) as tree:
        found = [tree[name].array(entry_stop=1)[0] for name in ("XSection", "SumWeights")]
    expected = [sample.cross_section, sample.sum_of_weights]
    if sample.constants == "sheet":
        assert found == [1, 1]
    else:
        assert found == pytest.approx(expected, rel=1e-6)


def read_recipe(sheet):
    """Commands that the comments of a sheet give, as one line."""
    lines = [line[4:] for line in sheet.read_text().splitlines() if line.startswith("#   ")]
    start = next(i for i, line in enumerate(lines) if line.startswith("grep "))
    recipe = " ".join(lines[start:])
    return recipe[: recipe.index("> config/my-samples.tsv")]


@pytest.mark.parametrize(
    ("year", "skim", "columns"),
    [
        (2020, "3lep", ("file_name_3lep", "size_bytes_3lep")),
        (2025, "2J2LMET30", (None, "size_bytes_2J2LMET30")),
        (2025, "exactly3lep", ("file_name_3lep", "size_bytes_3lep")),
    ],
)
def test_the_recipe_for_a_smaller_skim_works(year, skim, columns, table, tmp_path):
    sheet = ROOT / f"config/atlas-open-data-{year}.tsv"
    recipe = read_recipe(sheet).replace("2J2LMET30", skim)
    made = subprocess.run(
        ["bash", "-o", "pipefail", "-c", recipe], cwd=ROOT, capture_output=True, check=True
    )
    (tmp_path / "my-samples.tsv").write_bytes(made.stdout)
    samples = {
        name: validate(Sample, row, name)
        for name, row in read_samples(tmp_path / "my-samples.tsv").items()
    }
    known = {row["url"].rsplit("/", 1)[1]: row for row in table if row[columns[1]]}
    originals = read_samples(sheet)
    left_out = [name for name in originals if name not in samples]
    assert len(left_out) == (5 if year == 2020 else 0)
    for sample in samples.values():
        assert not sample.size
        for address, original in zip(
            sample.files, originals[sample.sample]["files"].split(), strict=True
        ):
            row = known[original.rsplit("/", 1)[1]]
            name = address.rsplit("/", 1)[1]
            assert name == (row[columns[0]] if columns[0] else name)
            assert name.endswith(f".{skim}.root")
            assert f"/{SKIMS[year]}/" not in address
    for name in left_out:
        assert originals[name]["files"].rsplit("/", 1)[1] not in known
