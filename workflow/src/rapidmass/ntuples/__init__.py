"""From ROOT files to selected events."""
