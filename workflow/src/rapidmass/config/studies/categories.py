"""The `studies.trainings.categories` block: signals in categories, with one training each."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Annotated, Self

from pydantic import Field, model_validator

from rapidmass.config.base import Section
from rapidmass.config.names import Name, check_unique
from rapidmass.config.studies.base import Known, check_names


class Property(Section):
    """What signals differ in."""

    name: Name = Field(description="What it is, for figures and the report.")
    values: Annotated[dict[Name, tuple[Name, ...]], Field(min_length=1)] = Field(
        description="Signals by the value that they have: `{low: [Zp_130, Zp_200], high: [Zp_9]}`."
    )

    @property
    def signals(self) -> list[str]:
        """All signals that have a value."""
        return [signal for members in self.values.values() for signal in members]


class Categories(Section):
    """Categories of signals that have the same values of some properties."""

    trees: str = Field(
        description="Architecture of the family xgboost with whose settings the trees of each "
        "category are grown; its own `target` does not count."
    )
    properties: Annotated[list[Property], Field(min_length=1)] = Field(
        description="Properties of signals. Every signal that is named has one value of each. A "
        "category is what has all values in common, so that no signal is in two."
    )

    def list_categories(
        self, signals: Sequence[str]
    ) -> list[tuple[Mapping[str, str], tuple[str, ...]]]:
        """List the categories that have signals.

        Parameters
        ----------
        signals
            Those of a selection.

        Returns
        -------
        list
            Of each category its values by property, and its signals: both these and the categories
            in the order of `signals`.
        """
        names = [one.name for one in self.properties]
        found = []
        for chosen in product(*(one.values for one in self.properties)):
            values = dict(zip(names, chosen, strict=True))
            members = [
                set(one.values[value]) for one, value in zip(self.properties, chosen, strict=True)
            ]
            told = tuple(name for name in signals if all(name in some for some in members))
            if told:
                found.append((values, told))
        return sorted(found, key=lambda category: signals.index(category[1][0]))

    def check(self, config: Known, key: str) -> None:
        """Check that what is named exists.

        Parameters
        ----------
        config
            Where it must be.
        key
            Where the block is, for messages.

        Raises
        ------
        ValueError
            If trees or signals are nowhere; the message names the key.
        """
        check_names((self.trees,), config.architectures, f"{key}.trees: architecture")
        family = config.architectures[self.trees].family
        if family != "xgboost":
            raise ValueError(
                f"{key}.trees: {self.trees} is of the family {family}; choose one of xgboost"
            )
        known = sorted({name for one in config.selections.values() for name in one.signals})
        for one in self.properties:
            for value, members in one.values.items():
                check_names(members, known, f"{key}.properties: {one.name}, {value}: signal")

    @model_validator(mode="after")
    def _check_properties(self) -> Self:
        check_unique([one.name for one in self.properties])
        everything = {signal for one in self.properties for signal in one.signals}
        for one in self.properties:
            twice = sorted({name for name in one.signals if one.signals.count(name) > 1})
            if twice:
                raise ValueError(
                    f"properties: {one.name} lists signal {twice[0]} twice, and categories would "
                    "overlap: give it one value"
                )
            absent = sorted(everything - set(one.signals))
            if absent:
                raise ValueError(
                    f"properties: {one.name} has no value for signal {absent[0]}, which another "
                    "property names: give it one, or leave it out of all"
                )
        return self
