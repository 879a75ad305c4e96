"""Altered events, and how they score."""
