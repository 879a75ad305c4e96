"""Studies on the scores: one module each."""
