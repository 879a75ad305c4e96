import pytest

from synthetic_analysis import Analysis


@pytest.fixture(scope="session")
def analysis(tmp_path_factory):
    """Products of one selection with one network."""
    return Analysis(tmp_path_factory.mktemp("analysis") / "products").write()
