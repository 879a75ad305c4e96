"""Classifiers that are fitted at once, to events in memory."""
