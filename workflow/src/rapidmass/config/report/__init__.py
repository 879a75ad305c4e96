"""Keys on figures and the report."""
