"""Events of the embedded generator: Pythia and a parametrised detector."""
