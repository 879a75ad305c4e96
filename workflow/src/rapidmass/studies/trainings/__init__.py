"""Which signals a training finds that it was not told of."""
