"""How much background classifiers reject, by momentum."""
