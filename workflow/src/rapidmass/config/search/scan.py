"""The `scan` block: cuts on the anomaly score and what is computed behind them."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from rapidmass.config.base import Section
from rapidmass.config.names import Name

MOST_BINS = 10_000
LARGEST = 1e9


class Axis(Section):
    """A regular axis."""

    start: float = Field(description="Lower edge of the first bin.")
    stop: float = Field(description="Upper edge of the last bin.")
    step: PositiveFloat = Field(description="Width of a bin.")

    @model_validator(mode="after")
    def _check_width(self) -> "Axis":
        if not -LARGEST <= self.start < self.stop <= LARGEST:
            raise ValueError(f"axis from {self.start:g} to {self.stop:g}: must rise, within 1e9")
        if self.stop - self.start > MOST_BINS * self.step * (1 + 1e-9):
            raise ValueError(
                f"axis from {self.start:g} to {self.stop:g} in steps of {self.step:g} has more "
                f"than {MOST_BINS} bins: enlarge the step"
            )
        if self.bins < 1 or not np.isclose(self.start + self.bins * self.step, self.stop):
            raise ValueError(
                f"axis from {self.start:g} to {self.stop:g} is no whole number of {self.step:g}"
            )
        return self

    @property
    def bins(self) -> int:
        """Number of bins."""
        return round((self.stop - self.start) / self.step)

    @property
    def edges(self) -> NDArray[np.float64]:
        """Edges of the bins, shape (bins + 1,)."""
        return np.linspace(self.start, self.stop, self.bins + 1)


class VariableAxis(Axis):
    """A regular axis of an event variable, with what figures call it."""

    label: str = Field(
        "", description="What figures call the variable, with LaTeX between `$`; else its name."
    )
    unit: str = Field("", description="Its unit, such as `GeV`.")


class ReferenceSignificances(Section):
    """Significances that another analysis quotes, to stand beside those of this one."""

    source: str = Field(description="Author, title, place and year; where the numbers are.")
    background_share: float = Field(
        1.0,
        description="Share of its background that it set, unscaled, against its whole signal. To "
        "first order its significances are too high by one over the square root of it.",
        gt=0,
        le=1,
    )
    caveat: str = Field(
        "", description="What is known to be wrong with them: a sentence for the table's note."
    )
    significances: dict[str, dict[str, dict[str, NonNegativeFloat]]] = Field(
        description="Largest significance by selection, network of that analysis and signal. "
        "Only selections and signals that this analysis has too are shown.",
    )


class ScanSettings(Section):
    """Cuts on the anomaly score, and the search in missing transverse momentum behind them."""

    score_quantiles: Annotated[
        list[Annotated[float, Field(ge=0, lt=1)]], Field(min_length=1, max_length=1000)
    ] = Field(
        [0.5, 0.9, 0.99],
        description="Cuts on the score: the share of the weighted background that each "
        "removes. The scan without a cut is always made beside them.",
    )
    met: Axis = Field(
        Axis(start=0, stop=600, step=20),
        description="Bins of MET in GeV; their lower edges are the MET cuts that are tried. In "
        "spectra, of this and of the masses, what lies outside is in the first or last bin.",
    )
    m_ll: Axis = Field(
        Axis(start=0, stop=800, step=25), description="Bins of the two-lepton mass in GeV."
    )
    m_lll: Axis = Field(
        Axis(start=0, stop=800, step=25), description="Bins of the three-lepton mass in GeV."
    )
    variables: dict[Name, VariableAxis] = Field(
        {},
        description="Bins of further event variables, by name, for the `spectra` of selections: "
        "`{ht: {start: 0, stop: 1000, step: 50, label: $H_T$, unit: GeV}}`.",
    )
    score: Axis = Field(
        Axis(start=-5, stop=5, step=0.1),
        description="Bins of the score; what lies outside is counted in the first or last bin.",
    )
    background_uncertainty: float = Field(
        0.0,
        description="Relative systematic uncertainty of the background. The significance that "
        "cuts are chosen by takes it into account, together with the size of the simulated "
        "samples. It is a number that only the experiment knows: 0 means that none is claimed.",
        ge=0,
        lt=1,
    )
    minimum_effective_events: PositiveFloat = Field(
        10.0,
        description="Where fewer effective background events, (sum w)^2 / sum w^2, are expected to "
        "survive, no significance is quoted. Cuts are chosen on either half of the events, and "
        "each half must be expected to keep so many.",
    )
    bootstrap_replicas: int = Field(
        100,
        description="Replicas of each scan on resampled events: whether a network is better than a "
        "baseline, and a cut on the score better than none, is decided by them. 0: nothing is "
        "said of it.",
        ge=0,
        le=10_000,
    )
    reference_significances: ReferenceSignificances | None = Field(
        None, description="Significances of another analysis, for a table beside those of this one."
    )

    @model_validator(mode="after")
    def _check_variables(self) -> "ScanSettings":
        for name in self.variables.keys() & self.own_axes.keys():
            raise ValueError(f"variables.{name}: the axis of {name} is the key '{name}' itself")
        return self

    @property
    def own_axes(self) -> dict[str, Axis]:
        """Axes with a key of their own."""
        return {"met": self.met, "m_ll": self.m_ll, "m_lll": self.m_lll, "score": self.score}

    def get_axis(self, name: str) -> Axis:
        """Get the axis of an event variable or of the score.

        Parameters
        ----------
        name
            The variable, or `score`.

        Returns
        -------
        Axis
            Its bins.

        Raises
        ------
        ValueError
            If it has none; the message names the key that gives it one.
        """
        axes = {**self.variables, **self.own_axes}
        if name not in axes:
            raise ValueError(
                f"the variable {name} has no axis: give it one as "
                f"scan.variables.{name}: {{start: 0, stop: 100, step: 5}}"
            )
        return axes[name]
