"""The report: one HTML page with everything that a reader of the analysis needs."""

from rapidmass.report.contents import (
    NetworkProducts,
    RunProducts,
    ScorerProducts,
    SelectionProducts,
)
from rapidmass.report.page import write_report

__all__ = [
    "NetworkProducts",
    "RunProducts",
    "ScorerProducts",
    "SelectionProducts",
    "write_report",
]
