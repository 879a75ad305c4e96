"""Figures of the analysis, each as PNG, as PDF, and as the numbers in it."""

from rapidmass.figures.names import list_architecture_figures, list_selection_figures

__all__ = ["list_architecture_figures", "list_selection_figures"]
