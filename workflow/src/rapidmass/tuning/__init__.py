"""Tuning: networks of other shapes, compared by their loss on background."""
