"""Baselines that are fitted to the background alone, without a signal."""

from typing import Annotated, Literal

from pydantic import Field

from rapidmass.columnar.event_variables import suggest
from rapidmass.config.base import Section
from rapidmass.config.models.network import NegativeWeights
from rapidmass.config.models.training import ScalingSettings
from rapidmass.config.models.tree_growth import TreeGrowth
from rapidmass.config.names import Name
from rapidmass.representations.base import Representation, select_elements

Share = Annotated[float, Field(gt=0, lt=1)]


class FittedBaseline(Section):
    """What kinds have in common that are fitted to the training part of the megasets."""

    kind: str = Field(description="Kind of the baseline: the module that fits it.")
    representation: Name | None = Field(
        default=None,
        description="Which of `representations` it sees; needed if there are several.",
    )
    scaling: ScalingSettings | None = Field(
        default=None,
        description="How elements are scaled before they are used; left out: as the block "
        "`scaling` says.",
    )
    exclude_features: tuple[str, ...] = Field(
        default=(),
        description="Elements of the representation (cells of a matrix, features of a table) that "
        "are not used, by name; `*` and `?` are wildcards.",
    )

    @property
    def signals(self) -> tuple[str, ...]:
        """Signals that the fit is shown: none, unless a kind says otherwise."""
        return ()

    def check_features(self, representation: Representation) -> None:
        """Make sure that a representation has the elements that this baseline needs.

        Parameters
        ----------
        representation
            What it sees.

        Raises
        ------
        ValueError
            If it does not.
        """
        select_elements(representation, self.exclude_features)


class OnComponents(FittedBaseline):
    """What kinds have in common that see principal components of the elements."""

    components: Annotated[int, Field(gt=0, le=100_000)] | Share = Field(
        default=0.95,
        description="Number of principal components, or, below 1, the share of the weighted "
        "variance that they explain at least.",
    )

    def check_features(self, representation: Representation) -> None:
        """Make sure that there are as many elements as components."""
        number = len(select_elements(representation, self.exclude_features))
        if self.components > number:
            raise ValueError(
                f"{self.components} principal components of {number} features: lower `components`"
            )


class PrincipalComponents(OnComponents):
    """Reconstruction of the scaled elements from their principal components."""

    kind: Literal["pca"] = Field(
        default="pca",
        description="The score of an event: log10 of the sum over elements of the squared "
        "difference between scaled element and reconstruction, as for a network.",
    )
    negative_weights: NegativeWeights = Field(
        default="keep",
        description="What the fit does with events of negative weight: `fail`, refuse them; `keep` "
        "the sign; "
        "`absolute_rescaled`, take the absolute value, times the factor with which the event's "
        "channel keeps its share of the total weight; or `drop` the event, which enlarges the "
        "share of channels with negative weights.",
    )


class DrawnBaseline(FittedBaseline):
    """What kinds have in common that are fitted to unweighted events."""

    max_events: int = Field(
        default=50000,
        gt=1,
        le=100_000_000,
        description="About how many events the fit sees: each event of the training part is taken "
        "as often as its weight asks for, chosen by its identity. Sets the memory of the fit, 8 "
        "bytes for an element of an event.",
    )
    negative_weights: Literal["absolute_rescaled", "drop"] = Field(
        default="absolute_rescaled",
        description="What the fit does with events of negative weight: `absolute_rescaled`, take "
        "the absolute value, times the factor with which the event's channel keeps its share of "
        "the total weight; or `drop` the event, which enlarges the share of channels with negative "
        "weights.",
    )


class IsolationForest(DrawnBaseline):
    """Random trees that isolate events; few cuts isolate an anomaly."""

    kind: Literal["isolation_forest"] = Field(
        default="isolation_forest",
        description="The score of an event: 2^(-h/c), h the mean number of cuts that isolate it, "
        "c that of an event among `max_samples` random ones; between 0 and 1, 1 is anomalous.",
    )
    n_estimators: int = Field(default=100, gt=0, le=100_000, description="Number of trees.")
    max_samples: int = Field(
        default=256, gt=1, le=100_000_000, description="Events that each tree isolates."
    )


class Density(DrawnBaseline, OnComponents):
    """Density of the background in the space of few principal components."""

    kind: Literal["density"] = Field(
        default="density",
        description="The score of an event: minus the logarithm of the density of the background "
        "at its principal components, each of them scaled to a variance of 1.",
    )
    by: Literal["mixture", "kernel"] = Field(
        default="mixture",
        description="What the density is: a `mixture` of `gaussians`, or the mean of a Gaussian "
        "`kernel` at each event that the fit saw. The latter compares each event that is scored "
        "with all `max_events`: take 5000.",
    )
    gaussians: int = Field(
        default=20,
        gt=0,
        le=10_000,
        description="Normal distributions of a mixture, each with a covariance of its own.",
    )
    bandwidth: float = Field(
        default=0.5,
        gt=0,
        allow_inf_nan=False,
        description="Standard deviation of a kernel, in those of a component.",
    )


class Neighbours(DrawnBaseline, OnComponents):
    """Distance to the nearest background events in the space of principal components."""

    kind: Literal["neighbours"] = Field(
        default="neighbours",
        description="The score of an event: the distance to the k-th nearest of the events that "
        "the fit saw, in principal components, each of them scaled to a variance of 1.",
    )
    neighbours: int = Field(default=10, gt=0, le=100_000, description="Which neighbour: k.")
    max_events: int = Field(
        default=20000,
        gt=1,
        le=1_000_000,
        description="About how many events are kept, as neighbours of those that are scored: each "
        "event of the training part is taken as often as its weight asks for, chosen by its "
        "identity. Time to score an event, and the file, grow with it.",
    )


class Shuffled(TreeGrowth, DrawnBaseline):
    """Boosted trees that tell the background from itself with shuffled elements.

    They learn which elements of an event do not belong together, as each by itself is distributed
    as before.
    """

    kind: Literal["shuffled"] = Field(
        default="shuffled",
        description="The score of an event: the logarithm of the odds that each of its elements is "
        "of another event with the same elements.",
    )
    classes: tuple[Name, ...] = Field(
        default=(),
        description="Elements that count objects, by name: `[n_lep, n_ljet]`. Elements are "
        "shuffled among events that have the same elements, and the same numbers in these.",
    )
    max_trees: int = Field(
        default=200,
        gt=0,
        le=100_000,
        description="Trees at most. Those are kept up to which the loss of a fifth of the events, "
        "which are not grown on, falls.",
    )
    max_depth: int = Field(
        default=8,
        gt=0,
        le=16,
        description="Cuts in a row, at most. The first one tells nothing: take more than for other "
        "trees.",
    )
    subsample: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="Share of the events that each tree is grown on. Of all of them each element "
        "is distributed as it is shuffled, and there would be no first cut.",
    )

    def check_features(self, representation: Representation) -> None:
        """Make sure that there are the elements that are classes."""
        super().check_features(representation)
        known = representation.element_names
        for name in self.classes:
            if name not in known:
                raise ValueError(f"`classes`: no element {name!r}; {suggest(name, known)}")
