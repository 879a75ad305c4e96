"""The latent space of the sidebands' density, where background is normal at every mass.

A. Hallin et al., Phys. Rev. D 107 (2023) 114012 (LaCATHODE). The classifier sees nothing of the
mass, inside and outside the signal region: cuts on it do not sculpt.
"""

import numpy as np

from rapidmass.search.bumps.ensembles import Trees
from rapidmass.search.bumps.flows import ConditionalFlow
from rapidmass.search.bumps.methods.base import Sample, Template
from rapidmass.search.bumps.methods.cathode import OVERSAMPLED
from rapidmass.search.bumps.windows import SIGNAL, Window
from rapidmass.storage.event_keys import derive_seed


def make_template(
    data: Sample,
    simulation: Sample,  # noqa: ARG001
    *,
    window: Window,  # noqa: ARG001
    trees: Trees,
    seed: int,
) -> Template:
    """Draw standard normal numbers; see `...methods.base.Method`."""
    flow = ConditionalFlow(data, seed=derive_seed(seed, "flow"), threads=trees.threads)
    number = OVERSAMPLED * np.count_nonzero(data.region == SIGNAL)
    rng = np.random.default_rng(derive_seed(seed, "latent background"))
    drawn = rng.normal(size=(number, data.features.shape[1])).astype(np.float32)
    return Template(drawn, np.ones(number), flow.find_latent)
