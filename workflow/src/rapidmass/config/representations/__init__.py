"""Keys on representations."""
