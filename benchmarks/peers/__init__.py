"""Other ways to do the same: run with the packages of `benchmarks/.peers`, or compiled."""
