"""Files of scores, written blinded or not, and read back."""
