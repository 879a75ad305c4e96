"""The rapidity-mass matrix."""
