from dataclasses import replace

import pytest

from rapidmass.plotting.network import draw_architecture
from rapidmass.plotting.rmm_matrices import draw_matrices
from synthetic_analysis import DATA_LUMINOSITY, TEST_FRACTION, Analysis, describe_run


@pytest.fixture(scope="session")
def analysis(tmp_path_factory):
    """Products and figures of one selection with one network."""
    folder = tmp_path_factory.mktemp("report") / "products"
    analysis = Analysis(folder, signals=("SUSY_450p300",)).write()
    megasets, shards = analysis.write_megasets()
    draw_architecture(
        folder / "figures/vae_deep",
        analysis.frame,
        analysis.products,
        analysis.settings,
        spectra=["met"],
        test_fraction=TEST_FRACTION,
        data_luminosity=DATA_LUMINOSITY,
    )
    frame = replace(analysis.frame, architecture=None)
    draw_matrices(folder / "figures", frame, megasets, shards, analysis.layout)
    return analysis


@pytest.fixture
def run(analysis):
    """What the report tells of them."""
    return describe_run(analysis, analysis.folder)
