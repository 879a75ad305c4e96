"""The report: one HTML page with everything that a reader of the analysis needs."""

from rapidmass.report.contents import NetworkProducts, RunProducts, SelectionProducts
from rapidmass.report.page import write_report

__all__ = ["NetworkProducts", "RunProducts", "SelectionProducts", "write_report"]
