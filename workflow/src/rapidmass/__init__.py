"""Model-agnostic searches with rapidity-mass matrices."""

__version__ = "0.1.0"
