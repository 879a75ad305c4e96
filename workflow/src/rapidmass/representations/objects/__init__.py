"""Objects of several types, one after the other."""
