"""How weak a signal may be and still be found by who expects none."""
