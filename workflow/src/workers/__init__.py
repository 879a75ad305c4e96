"""Processes for scripts, forked from one that has imported what many scripts need."""
