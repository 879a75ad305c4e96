"""Keys on networks, baselines and their training."""
