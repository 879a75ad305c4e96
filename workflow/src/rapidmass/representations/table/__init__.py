"""Named features, one column each."""
