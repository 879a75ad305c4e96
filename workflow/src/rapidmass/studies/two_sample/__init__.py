"""Data against simulation in all features at once."""
