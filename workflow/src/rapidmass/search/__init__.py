"""What a score says of a signal."""
