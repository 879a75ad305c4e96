"""Maps of latent spaces."""
