"""What the slots of a sequence mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.expressions import Expression

MOST_ELEMENTS: Final = 2**16  # their numbers have 16 bits


@dataclass(frozen=True)
class SequenceLayout:
    """Members of an object one after the other, each in a slot with the same features.

    Parameters
    ----------
    object
        Name in the ntuple format: `track`.
    length
        Slots: what comes later in the order is left out.
    features
        Name and expression of each, in the order of the elements of a slot.
    by
        Expression by which members are ordered; None: as they are, by falling pT.
    ascending
        Whether the smallest comes first.
    shuffled
        Whether the order is drawn at random, and follows from the momenta of the members alone.

    Raises
    ------
    ValueError
        If there is no slot or no feature, there are too many, a name comes twice, an expression
        is not valid, or the order is said twice.
    """

    object: str
    length: int
    features: tuple[tuple[str, str], ...]
    by: str | None = None
    ascending: bool = False
    shuffled: bool = False

    def __post_init__(self) -> None:
        names = [name for name, _ in self.features]
        if self.length < 1 or not names:
            raise ValueError("a sequence needs a slot and a feature")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"feature {twice[0]} is listed twice")
        if self.n_elements > MOST_ELEMENTS:
            raise ValueError(
                f"{self.length} slots with {len(names)} features are more than {MOST_ELEMENTS} "
                "elements: take fewer slots"
            )
        for text in self.expressions:
            Expression(text)
        if self.shuffled and self.by is not None:
            raise ValueError("a sequence is ordered by an expression or shuffled, not both")
        if self.ascending and self.by is None:
            raise ValueError("ascending needs the expression by which a sequence is ordered: by")

    @property
    def n_slots(self) -> int:
        """Members that have a slot."""
        return self.length

    @property
    def n_features(self) -> int:
        """Features of a slot."""
        return len(self.features)

    @property
    def n_elements(self) -> int:
        """Features of all slots."""
        return self.n_slots * self.n_features

    @property
    def expressions(self) -> tuple[str, ...]:
        """Expressions of the features, and that of the order."""
        texts = tuple(text for _, text in self.features)
        return texts if self.by is None else (*texts, self.by)

    @property
    def element_names(self) -> tuple[str, ...]:
        """Feature and slot of each element: `d0_3`."""
        return tuple(f"{name}_{slot}" for slot in range(self.length) for name, _ in self.features)

    @property
    def scale_groups(self) -> NDArray[np.int64]:
        """The feature of each element."""
        return np.tile(np.arange(len(self.features)), self.length)
