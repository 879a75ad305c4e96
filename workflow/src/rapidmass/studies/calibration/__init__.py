"""Whether p-values and intervals mean what they say."""
