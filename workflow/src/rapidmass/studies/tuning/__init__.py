"""Networks of other shapes."""
