"""Keys on samples, files and ntuple formats."""
