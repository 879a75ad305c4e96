"""Boosted trees with other settings, compared by their loss in inner folds."""
