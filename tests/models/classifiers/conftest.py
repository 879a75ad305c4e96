import pytest

from labelled_events import grow, write_gaussians


@pytest.fixture(scope="package")
def events(tmp_path_factory):
    """Megasets and signals: two Gaussians, one unit apart."""
    return write_gaussians(tmp_path_factory.mktemp("events"), 3000)


@pytest.fixture(scope="package")
def trees(events):
    return grow(*events)
