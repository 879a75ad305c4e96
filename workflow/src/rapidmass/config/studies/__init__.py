"""Keys on studies."""
