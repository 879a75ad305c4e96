"""The rapidity-mass matrix: its layout, its kernel, its dense and sparse forms."""
