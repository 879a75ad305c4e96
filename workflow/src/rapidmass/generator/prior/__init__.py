"""Events of new particles that no model names: masses, decays and daughters at random."""
