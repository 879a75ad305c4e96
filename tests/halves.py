"""Thresholds of halves of events that are held at once."""

import numpy as np

from rapidmass.statistics.folds import find_thresholds


def find_at_once(score, weight, folds, quantiles):
    order = np.argsort(score, kind="stable")
    return find_thresholds(lambda: [(score[order], weight[order], folds[order])], quantiles)
