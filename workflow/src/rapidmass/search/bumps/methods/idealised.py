"""The idealised detector: the signal region is compared with simulated background as it is.

It shows what all methods strive for, where simulation is perfect: as in pseudo-data.
"""

from rapidmass.search.bumps.ensembles import Trees
from rapidmass.search.bumps.methods.base import Sample, Template
from rapidmass.search.bumps.windows import SIGNAL, Window


def make_template(
    data: Sample,  # noqa: ARG001
    simulation: Sample,
    *,
    window: Window,  # noqa: ARG001
    trees: Trees,  # noqa: ARG001
    seed: int,  # noqa: ARG001
) -> Template:
    """Take simulated events of the signal region; see `...methods.base.Method`."""
    inside = simulation.take(simulation.region == SIGNAL)
    return Template(inside.features, inside.weight)
