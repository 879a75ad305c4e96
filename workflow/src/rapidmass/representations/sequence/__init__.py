"""Sequences of the members of an object."""
