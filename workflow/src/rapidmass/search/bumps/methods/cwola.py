"""Classification without labels: the signal region is compared with both sidebands.

J. Collins, K. Howe, B. Nachman, Phys. Rev. Lett. 121 (2018) 241803.
"""

from rapidmass.search.bumps.ensembles import Trees, weigh_regions
from rapidmass.search.bumps.methods.base import Sample, Template
from rapidmass.search.bumps.windows import HIGH, LOW, Window


def make_template(
    data: Sample,
    simulation: Sample,  # noqa: ARG001
    *,
    window: Window,  # noqa: ARG001
    trees: Trees,  # noqa: ARG001
    seed: int,  # noqa: ARG001
) -> Template:
    """Take the events of both sidebands; see `rapidmass.search.bumps.methods.base.Method`."""
    rows = (data.region == LOW) | (data.region == HIGH)
    return Template(data.features[rows], weigh_regions(data.region)[rows])
