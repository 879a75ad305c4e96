"""What networks and baselines are trained on."""
