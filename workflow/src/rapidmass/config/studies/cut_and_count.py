"""The `studies.cut_and_count` block: cuts by hand, and what is left behind them."""

from typing import Annotated, ClassVar

from pydantic import Field, model_validator
from typing_extensions import override

from rapidmass.columnar.expressions import Expression
from rapidmass.config.base import Section
from rapidmass.config.inputs.expression import VariableText
from rapidmass.config.names import Name, check_unique
from rapidmass.config.search.selection import Cut
from rapidmass.config.studies.base import Known, Study


class Category(Section):
    """Events that are counted for themselves."""

    name: Name = Field(description="What it is called.")
    where: VariableText = Field(
        description="Condition on event variables: `muons == 0`. No event may be in two of them."
    )


class CutAndCount(Study):
    """Counting behind cuts by hand, beside the best that scores reach."""

    key: ClassVar[str] = "studies.cut_and_count"
    needs: ClassVar[tuple[str, ...]] = ("signals",)

    cuts: Annotated[tuple[Cut, ...], Field(min_length=1)] | None = Field(
        default=None,
        description="Requirements on event variables, one after the other, behind those of the "
        "selection.",
    )
    categories: tuple[Category, ...] = Field(
        default=(), description="Events that are counted apart, and combined. None: all together."
    )

    @model_validator(mode="after")
    def _check_names(self) -> "CutAndCount":
        check_unique([cut.name for cut in self.cuts or ()])
        check_unique([category.name for category in self.categories])
        return self

    @property
    def variables(self) -> list[str]:
        """Event variables that it needs, sorted."""
        texts = [cut.require for cut in self.cuts or ()]
        texts += [category.where for category in self.categories]
        return sorted({name for text in texts for name in Expression(text).names})

    @override
    def check(self, config: Known) -> None:
        if self.enabled and not self.cuts:
            raise ValueError(f"{self.key}.cuts: it needs cuts to count behind, or disable it")
