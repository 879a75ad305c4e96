"""How an event is shown to a model."""
