"""Background of the signal region drawn from its density, interpolated from the sidebands.

A. Hallin et al., Phys. Rev. D 106 (2022) 055006 (CATHODE).
"""

import numpy as np

from rapidmass.search.bumps.ensembles import Trees
from rapidmass.search.bumps.flows import ConditionalFlow
from rapidmass.search.bumps.methods.base import Sample, Template
from rapidmass.search.bumps.windows import SIGNAL, Window
from rapidmass.storage.event_keys import derive_seed

OVERSAMPLED = 4  # how many events are drawn for one of the signal region


def make_template(
    data: Sample,
    simulation: Sample,  # noqa: ARG001
    *,
    window: Window,  # noqa: ARG001
    trees: Trees,
    seed: int,
) -> Template:
    """Draw events at the masses of the signal region; see `...methods.base.Method`."""
    flow = ConditionalFlow(data, seed=derive_seed(seed, "flow"), threads=trees.threads)
    mass = np.repeat(data.mass[data.region == SIGNAL], OVERSAMPLED)
    drawn = flow.draw_scores(mass, derive_seed(seed, "drawn background"))
    return Template(drawn, np.ones(len(drawn)), flow.find_scores)
