import pytest

from synthetic_analysis import Analysis, describe_run, draw_products


@pytest.fixture(scope="session")
def analysis(tmp_path_factory):
    """Products and figures of one selection with one network."""
    folder = tmp_path_factory.mktemp("report") / "products"
    analysis = Analysis(folder, signals=("SUSY_450p300",)).write()
    draw_products(analysis)
    return analysis


@pytest.fixture
def run(analysis):
    """What the report tells of them."""
    return describe_run(analysis, analysis.folder)
