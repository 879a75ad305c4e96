"""What the slots of objects mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.event_variables import MISSING
from rapidmass.columnar.expressions import Expression
from rapidmass.representations.sequence.layout import MOST_ELEMENTS


@dataclass(frozen=True)
class Block:
    """Slots of one type of objects.

    Parameters
    ----------
    object
        Name in the ntuple format, or `met`, which each event has once.
    length
        Slots: objects beyond, those of the smallest pT, are left out.
    features
        Name and expression of each.
    """

    object: str
    length: int
    features: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ObjectsLayout:
    """Slots of several types of objects, type after type, each by falling pT.

    All slots have the same features; those that a type does not have are absent.

    Parameters
    ----------
    blocks
        The types in the order of the slots.

    Raises
    ------
    ValueError
        If there is no slot or no feature, there are too many, a type or a feature comes twice, MET
        has other than one slot, or an expression is not valid.
    """

    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        if not self.blocks:
            raise ValueError("name a type of objects")
        _check_unique("type of objects", [block.object for block in self.blocks])
        for block in self.blocks:
            if block.length < 1 or not block.features:
                raise ValueError(f"{block.object} needs a slot and a feature")
            if block.object == MISSING and block.length != 1:
                raise ValueError(f"{MISSING} has one slot, not {block.length}")
            _check_unique(f"feature of {block.object}", [name for name, _ in block.features])
        if self.n_slots * len(self.features) > MOST_ELEMENTS:
            raise ValueError(
                f"{self.n_slots} slots with {len(self.features)} features are more than "
                f"{MOST_ELEMENTS} elements: take fewer slots"
            )
        for text in self.expressions:
            Expression(text)

    @property
    def n_slots(self) -> int:
        """Slots of all types."""
        return sum(block.length for block in self.blocks)

    @property
    def n_features(self) -> int:
        """Features of a slot."""
        return len(self.features)

    @cached_property
    def features(self) -> tuple[str, ...]:
        """Names of the features of any type, in the order in which they first come."""
        return tuple(dict.fromkeys(name for block in self.blocks for name, _ in block.features))

    @property
    def expressions(self) -> tuple[str, ...]:
        """Expressions of the features of all types."""
        return tuple(text for block in self.blocks for _, text in block.features)

    @property
    def element_names(self) -> tuple[str, ...]:
        """Feature, type and slot of each element, slot after slot: `pt_ele0`."""
        return tuple(
            f"{feature}_{block.object}{slot}"
            for block in self.blocks
            for slot in range(block.length)
            for feature in self.features
        )

    @property
    def scale_groups(self) -> NDArray[np.int64]:
        """The type and feature of each element."""
        types = np.repeat(np.arange(len(self.blocks)), [block.length for block in self.blocks])
        groups = types[:, None] * len(self.features) + np.arange(len(self.features))
        return groups.ravel()


def _check_unique(what: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} {twice[0]} is listed twice")
