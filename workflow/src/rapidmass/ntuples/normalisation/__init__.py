"""Cross sections and sums of weights."""
