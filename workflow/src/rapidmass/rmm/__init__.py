"""The rapidity-mass matrix: its layout, its kernel, its dense and sparse forms."""

from rapidmass.rmm.layout import Convention, Layout
from rapidmass.rmm.matrix import SparseMatrices, build, build_sparse, densify

__all__ = ["Convention", "Layout", "SparseMatrices", "build", "build_sparse", "densify"]
