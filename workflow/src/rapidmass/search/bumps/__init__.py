"""Bump hunts without labels: signal region against sidebands, from data alone."""
