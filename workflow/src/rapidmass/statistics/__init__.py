"""Numbers from weights: significances, limits, ROC curves, weighted quantiles, folds."""
