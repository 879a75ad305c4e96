"""Measurements of speed, each against a named peer, in pairs: `python -m benchmarks`."""
