"""Scores that need no network: one module a kind, found by name."""
