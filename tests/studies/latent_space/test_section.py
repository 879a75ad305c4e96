import pytest

from rapidmass.report.sections import read_section, write_section
from rapidmass.studies.latent_space.figures import draw_latent
from rapidmass.studies.latent_space.section import describe_latent
from synthetic_analysis import Analysis
from synthetic_maps import FACTORS, make_maps


@pytest.fixture(scope="module")
def section(tmp_path_factory):
    folder, frame, maps = tmp_path_factory.mktemp("section"), Analysis(None).frame, make_maps()
    draw_latent(folder, frame, maps, FACTORS, ["vae"])
    described = describe_latent(folder, frame, maps, FACTORS, normal=["vae"], events=2000)
    write_section(folder, described)
    return folder, read_section(folder)


def test_each_figure_that_is_drawn_is_described_once(section):
    folder, described = section
    paths = [figure.path for part in described.sections for figure in part.figures]
    assert sorted(paths) == sorted(folder.glob("*.png"))


def test_networks_without_a_map_are_named(section):
    text = " ".join(section[1].text)
    assert "Without a latent space, and not shown: flat." in text
    assert "Without background events in the test set, and not shown: empty." in text
    assert "2,000 simulated events" in text
    assert "UMAP" in text
    assert [part.title for part in section[1].sections] == ["Network vae", "Network ae"]


def test_dimensions_and_shares_of_the_variance_are_listed(section):
    (table,) = section[1].tables
    assert table.rows == [
        ["vae", "8", "60.0 %", "25.0 %", "750"],
        ["ae", "8", "60.0 %", "25.0 %", "750"],
    ]


def test_the_distance_tells_the_signal_from_the_expected_background(section):
    (table,) = section[1].sections[0].tables
    assert section[1].sections[1].tables == ()
    assert [row[:2] for row in table.rows] == [["SUSY_450p300", "150"], ["SUSY_800p50", "0"]]
    auc, uncertainty = map(float, table.rows[0][2].split(" ± "))
    # diboson events, as far out as the signal, are 4 x 100 of 300 + 200 + 4 x 100
    assert auc == pytest.approx((500 + 0.5 * 400) / 900, abs=0.05)
    assert 0 < uncertainty < 0.05
    assert table.rows[1][2] == "undefined"
