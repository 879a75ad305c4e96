import pytest

from fit_events import FOLDER, give, make_pair
from rapidmass.config.studies.fits import Fits
from rapidmass.search.fit import fit_signal


@pytest.fixture(scope="session")
def make_found():
    """Fits of the same events: without data, and with data that are the background."""
    background, signal = make_pair()
    settings = Fits(
        axes=[
            {"variable": "score", "shares": [0, 0.9]},
            {"variable": "met", "edges": [0, 50, 100]},
        ],
        toys_below=0,
    )
    found = {}

    def make(*, observed=False):
        if observed not in found:
            data = [background] if observed else None
            found[observed] = fit_signal(
                give(background), signal, settings, channels=["A", "B"], cross_section=0.02,
                background_uncertainty=0.1, seed=1, folder=FOLDER, data=data,
            )[0] | {"luminosity": 1000.0}  # fmt: skip
        return found[observed]

    return make
