"""Networks without one background channel, which is sought."""
