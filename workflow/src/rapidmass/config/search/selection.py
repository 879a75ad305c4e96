"""The `selections` block: final states and who takes part in them."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator, model_validator

from rapidmass.config.base import Section
from rapidmass.config.inputs.expression import VariableName, VariableText
from rapidmass.config.names import ChannelName, UniqueNames, check_unique


class Cut(Section):
    """One step of a selection."""

    name: str = Field(description="What the cutflow calls it.")
    require: VariableText = Field(
        description="Condition on objects and event variables (section *Event variables*): "
        "`trigger`, `n_<object>`, `n_lep`, `pt_lep1` to `pt_lep3`, `m_ll`, `met`, "
        "`max(ljet.pt)`, ... An event without the lepton has NaN there, which passes no comparison "
        "but `!=`. What turns a comparison round lets it pass too: `not (m_ll < 70)` is true "
        "without a second lepton, `m_ll >= 70` is not."
    )


class Selection(Section):
    """A final state."""

    cuts: Annotated[list[Cut], Field(min_length=1)] = Field(
        description="Requirements, one after the other."
    )
    variables: dict[VariableName, VariableText] = Field(
        {},
        description="Event variables beside those of the ntuple formats: named expressions over "
        "objects. A name that a format defines otherwise is refused.",
    )
    channels: Annotated[dict[ChannelName, list[str]], Field(min_length=1)] = Field(
        description="Background channels of this final state, each with the channels of the "
        "sample sheet that it is made of. Their names may have letters, digits, blanks and "
        "`_+-.()~`."
    )
    signals: Annotated[list[str], AfterValidator(check_unique)] = Field(
        [],
        description="Signal samples. Without any, data are searched, or models compared, and there "
        "are no scans and no limits.",
    )
    data: Annotated[list[str], AfterValidator(check_unique)] = Field(
        [], description="Data samples."
    )
    spectra: UniqueNames = Field(
        ["met"],
        description="Event variables whose distributions are kept behind each cut on the score: "
        "`met`, `m_ll`, `m_lll`, and those with an axis in `scan.variables`.",
    )

    @field_validator("channels")
    @classmethod
    def _check_disjoint(cls, channels: dict[str, list[str]]) -> dict[str, list[str]]:
        empty = [name for name, group in channels.items() if not group]
        if empty:
            raise ValueError(f"channel {empty[0]} is made of no channel of the sample sheet")
        members = [member for group in channels.values() for member in group]
        twice = sorted({member for member in members if members.count(member) > 1})
        if twice:
            raise ValueError(f"channel {twice[0]} is in two channels of the selection")
        return channels


class Split(Section):
    """Which background events train, validate and test: by event identity."""

    test_fraction: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        0.2,
        description="Share of the background that no network sees, for scores and scans. With "
        "`folds` there is none.",
    )
    folds: Annotated[int, Field(ge=2, le=20)] | None = Field(
        None,
        description="Instead of `test_fraction`: in how many folds the background is divided. As "
        "many networks are trained of each architecture, each on all folds but one, and every "
        "event is scored by the network that did not see it: all simulated events count. See "
        "docs/folds.md.",
    )
    validation_fraction: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.1, description="Share of the rest on which the loss is watched, not minimised."
    )

    @model_validator(mode="before")
    @classmethod
    def _replace_fraction(cls, block: Any) -> Any:  # noqa: ANN401
        if isinstance(block, dict) and block.get("folds") is not None:
            if block.get("test_fraction") is not None:
                raise ValueError(
                    "test_fraction and folds exclude each other: remove test_fraction to have "
                    "every event scored by a network that did not see it, or folds to keep a test "
                    "set apart"
                )
            return {**block, "test_fraction": None}
        return block

    @model_validator(mode="after")
    def _check_given(self) -> "Split":
        if self.test_fraction is None and self.folds is None:
            raise ValueError("give test_fraction, such as 0.2, or folds, such as 5")
        return self

    @property
    def held_share(self) -> float:
        """Share of the background that one network does not see: the test set, or a fold."""
        return self.test_fraction or 1 / (self.folds or 1)

    @property
    def scored_share(self) -> float:
        """Share of the background that has scores: the test set, or all folds."""
        return self.test_fraction or 1.0


class MegasetSettings(Section):
    """How the training background is portioned."""

    number: Annotated[int, Field(ge=1, le=1000)] = Field(
        10, description="Number of megasets; each keeps the weight share of every channel."
    )
