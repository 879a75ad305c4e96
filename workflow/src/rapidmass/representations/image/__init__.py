"""Images of jets."""
