"""Data against simulation, feature by feature."""
