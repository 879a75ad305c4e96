"""Binned fits of signals instead of cuts."""
