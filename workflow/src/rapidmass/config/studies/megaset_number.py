"""The `studies.megaset_number` block: the same events in more or fewer megasets."""

from typing import Annotated, ClassVar

from pydantic import Field, field_validator
from typing_extensions import override

from rapidmass.config.studies.base import Known, NetworkStudy, check_names


class MegasetNumber(NetworkStudy):
    """Networks trained on the same events in other numbers of megasets."""

    key: ClassVar[str] = "studies.megaset_number"
    without_labels: ClassVar[bool] = True

    enabled: bool = Field(
        default=False,
        description="Whether it is in the report. `snakemake megaset_number` does it in any case.",
    )
    numbers: Annotated[tuple[Annotated[int, Field(ge=1, le=1000)], ...], Field(min_length=2)] = (
        Field(
            default=(1, 5, 10, 20),
            description="Numbers of megasets to compare. For that of `megasets.number` there is "
            "nothing to train: it is the network itself.",
        )
    )
    selections: tuple[str, ...] = Field(
        default=(), description="Selections in which it is done; empty: all."
    )

    @field_validator("numbers")
    @classmethod
    def _check_numbers(cls, numbers: tuple[int, ...]) -> tuple[int, ...]:
        twice = sorted({number for number in numbers if numbers.count(number) > 1})
        if twice:
            raise ValueError(f"number of megasets {twice[0]} is listed twice")
        return tuple(sorted(numbers))

    @override
    def list_selections(self, config: Known) -> list[str]:
        return [
            name for name in config.selections if not self.selections or name in self.selections
        ]

    def list_trained(self, config: Known) -> list[int]:
        """List the numbers of megasets for which networks are trained again.

        Parameters
        ----------
        config
            Where the usual number of megasets is.

        Returns
        -------
        list of int
            All but the usual one.
        """
        return [number for number in self.numbers if number != config.megasets.number]

    @override
    def check(self, config: Known) -> None:
        super().check(config)
        check_names(self.selections, config.selections, f"{self.key}.selections: selection")
