"""The `studies.blind_test` block: which signals are found unaided."""

from itertools import pairwise
from typing import Annotated, ClassVar

from pydantic import Field, PositiveFloat, model_validator
from typing_extensions import override

from rapidmass.config.base import Count
from rapidmass.config.studies.base import Known, NetworkStudy, check_names
from rapidmass.config.studies.two_sample import Method


class BlindTest(NetworkStudy):
    """Signals hidden among simulated events, and how often tests that know none find them."""

    key: ClassVar[str] = "studies.blind_test"
    needs: ClassVar[tuple[str, ...]] = ("signals", "data")
    # in the mixture keys are new, and do not tell whose fold an event of a signal is
    without_labels: ClassVar[bool] = True

    signals: tuple[str, ...] = Field((), description="Signals that are hidden; empty: all.")
    strengths: Annotated[tuple[PositiveFloat, ...], Field(min_length=1, max_length=100)] = Field(
        (1.0, 10.0, 100.0, 1000.0),
        description="Strengths of each signal, rising, in units of the cross section in the sample "
        "sheet. Mixtures without signal are always made beside them.",
    )
    networks: tuple[str, ...] = Field(
        (), description="Networks whose scores are tested; empty: all. Baselines always are."
    )
    experiments: Annotated[int, Field(ge=2, le=100_000)] = Field(
        100, description="Mixtures of each strength."
    )
    toys: Annotated[int, Field(ge=19, le=1_000_000)] = Field(
        199,
        description="Pseudo-experiments without signal that p-values come from: the smallest is "
        "1 / (toys + 1).",
    )
    simulated: Annotated[int, Field(ge=100, le=10_000_000)] = Field(
        20_000,
        description="Most simulated events of the background, and of each signal, that take part: "
        "of more, some are drawn at random.",
    )
    methods: tuple[Method, ...] = Field(
        (),
        description="Fits of the ratio of data to simulation that take part, of those of "
        "`two_sample`, which says how they are done; empty: all. Trees take ten times longer than "
        "kernels.",
    )
    bins: Annotated[int, Field(ge=4, le=200)] = Field(
        20,
        description="Bins of each score, each with the same expected background. The last is "
        "halved again and again, and bins are joined, as far as `scan.minimum_effective_events` "
        "demands.",
    )
    widest: Count = Field(
        10,
        description="An excess is looked for in every range of up to this many neighbouring bins. "
        "Fewer than `bins`: the background is scaled to the mixture as a whole.",
    )
    uncertainty: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.05,
        description="Relative systematic uncertainty of the background in a bin of a score, "
        "independent from bin to bin. The statistical uncertainty of the simulation comes on top.",
    )

    @model_validator(mode="after")
    def _check_order(self) -> "BlindTest":
        if self.widest >= self.bins:
            raise ValueError(f"widest is {self.widest}: it must be less than bins, {self.bins}")
        if any(low >= high for low, high in pairwise(self.strengths)):
            raise ValueError(f"strengths are {list(self.strengths)}: they must rise")
        return self

    def list_signals(self, config: Known, selection: str) -> list[str]:
        """List the signals that are hidden in a selection, in the order of the configuration.

        Parameters
        ----------
        config
            Where the selections are.
        selection
            Which.

        Returns
        -------
        list of str
            Their names.
        """
        signals = config.selections[selection].signals
        return [name for name in signals if not self.signals or name in self.signals]

    @override
    def list_selections(self, config: Known) -> list[str]:
        return [name for name in super().list_selections(config) if self.list_signals(config, name)]

    @override
    def check(self, config: Known) -> None:
        super().check(config)
        if not self.enabled:
            return
        known = [name for one in config.selections.values() for name in one.signals]
        check_names(self.signals, known, f"{self.key}.signals: signal")
        if not self.list_selections(config):
            raise ValueError(
                f"{self.key}: no selection has signals and data; list samples in "
                "selections.<name>.signals and .data, or disable the study"
            )
