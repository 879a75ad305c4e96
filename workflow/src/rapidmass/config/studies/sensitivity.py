"""The `studies.sensitivity` block: what each score finds of signals that it may not know."""

from typing import ClassVar

from rapidmass.config.studies.base import Study


class Sensitivity(Study):
    """Efficiencies of all scores for all signals, in sum: what a search finds of many models."""

    key: ClassVar[str] = "studies.sensitivity"
    needs: ClassVar[tuple[str, ...]] = ("signals",)
