"""Bumps in a mass, found without labels."""
