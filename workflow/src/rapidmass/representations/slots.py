"""Objects in slots, each with the same features: what is said by their layout alone."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class SlotLayout(Protocol):
    """What slots mean."""

    @property
    def n_slots(self) -> int:
        """Slots of an event."""

    @property
    def n_features(self) -> int:
        """Features of a slot."""

    @property
    def expressions(self) -> tuple[str, ...]:
        """Expressions that features are made of: they give a number an object."""

    @property
    def element_names(self) -> tuple[str, ...]:
        """Name of each element, slot after slot."""

    @property
    def scale_groups(self) -> NDArray[np.int64]:
        """Shape (elements,): elements of one group share scale and shift."""


class InSlots:
    """What representations by slots have in common; they add what a slot holds."""

    layout: SlotLayout

    @property
    def shape(self) -> tuple[int, ...]:
        """(slots, features)."""
        return self.layout.n_slots, self.layout.n_features

    @property
    def element_names(self) -> tuple[str, ...]:
        """As the layout names them."""
        return self.layout.element_names

    @property
    def scale_groups(self) -> NDArray[np.int64]:
        """As the layout groups them: a feature has one scale in all slots of a type."""
        return self.layout.scale_groups

    @property
    def expressions(self) -> tuple[str, ...]:
        """Those of the features, and of the order."""
        return self.layout.expressions
