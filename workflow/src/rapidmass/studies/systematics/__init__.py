"""Systematic variations."""
