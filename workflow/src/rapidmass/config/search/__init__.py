"""Keys on selections and scans."""
