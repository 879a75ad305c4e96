"""What the branches of a kind of file mean."""
