"""Settings of a network that tells signals of many masses from background."""

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from rapidmass.config.models.classifier import AnyClassifier
from rapidmass.config.models.network import Target

Mass = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]


class ParametrisedClassifier(AnyClassifier):
    """A network that is told a mass, and tells signals of that mass from the background.

    Background has no mass. It is told one of those of the signals, drawn anew each time, so that
    the mass by itself tells nothing. P. Baldi et al., arXiv:1601.07913.
    """

    family: Literal["parametrised"] = Field(
        default="parametrised", description="Family of the network: the module that builds it."
    )
    masses: dict[str, Mass] = Field(
        description="The mass in GeV, or another positive parameter, of each signal of `target`."
    )
    score_masses: tuple[Mass, ...] = Field(
        default=(),
        description="Masses at which events have a score, each scanned by itself, the first under "
        "the name of the network: `logit_at_400` is the logarithm of the odds of a signal of that "
        "mass. They may lie between those of `masses`. Empty: those of `masses`.",
    )
    conditioning: Literal["input", "affine"] = Field(
        default="input",
        description="How the network is told the mass: as one more `input`, or `affine`, where it "
        "scales and shifts the units of each hidden layer (arXiv:2202.00424).",
    )
    class_weights: Literal["per_mass"] = Field(
        default="per_mass",
        description="Always `per_mass`: each signal has the same sum of weights, as each mass has "
        "among the background.",
    )

    @property
    def labels(self) -> Target:
        """Events of the k-th signal are k."""
        return Target(kind="numbered", signal=self.signals)

    @property
    def scored_masses(self) -> tuple[float, ...]:
        """Masses at which events have a score."""
        return self.score_masses or tuple(sorted(set(self.masses.values())))

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return tuple(f"logit_at_{write_mass(mass)}" for mass in self.scored_masses)

    @model_validator(mode="after")
    def _check_masses(self) -> Self:
        if self.priors:
            raise ValueError("target.priors: events of a prior have no single mass; name signals")
        different = sorted(set(self.masses) ^ set(self.signals))
        if different:
            raise ValueError(
                f"masses and target.signals must name the same signals; {different[0]} is in one "
                "of them only"
            )
        if len(set(self.masses.values())) < 2:
            raise ValueError(
                "signals of at least two masses are needed; for one there is the family classifier"
            )
        return self


def write_mass(mass: float) -> str:
    """Write a mass for names: 400, or 0p5.

    Parameters
    ----------
    mass
        Positive.

    Returns
    -------
    str
        Digits, and p for the point.
    """
    return np.format_float_positional(mass, trim="-").replace(".", "p")
