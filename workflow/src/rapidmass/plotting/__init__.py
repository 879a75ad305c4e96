"""Style, and the figures that every selection has."""
