"""Signals hidden among the data."""
