"""What a run made, for whoever goes on with it."""
