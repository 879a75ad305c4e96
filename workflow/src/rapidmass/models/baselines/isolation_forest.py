"""An isolation forest: random cuts isolate an anomaly sooner than other events.

F. T. Liu, K. M. Ting, Z.-H. Zhou, ICDM 2008, doi:10.1109/ICDM.2008.17. scikit-learn grows the
trees. They are kept as plain arrays and walked through here, so that a file needs no version of
scikit-learn, runs nothing when it is read, and is the same bytes each time.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.config.models.fitted_baseline import IsolationForest
from rapidmass.models.baselines.base import FittedModel
from rapidmass.models.baselines.drawn_events import draw_events
from rapidmass.models.baselines.training_events import TrainingEvents
from rapidmass.provenance.compilation import compile_function

NODES = ("roots", "cell", "threshold", "left", "right", "path")
LEAF = -1


def score(model: FittedModel, table: pa.Table) -> NDArray[np.float32]:
    """Compute how easily each event is isolated.

    This is 2^(-h/c), equation 2 of the paper: 0 to 1, 1 is anomalous.
    """
    trees = [model.arrays[name] for name in NODES]
    scores = np.empty(table.num_rows, dtype=np.float32)
    for rows, x in model.iterate_scaled(table):
        scores[rows] = 2.0 ** (-_average_paths(x, *trees) / model.arrays["unit"])
    return scores


def fit(settings: IsolationForest, training: TrainingEvents) -> dict[str, NDArray[Any]]:
    """Grow a forest on events of the training part.

    Parameters
    ----------
    settings
        How many trees, and how large.
    training
        The events. Which copies of them the trees draw, and what is random in trees,
        follows from the seed.

    Returns
    -------
    dict
        `roots`, shape (trees,), indices of nodes. Of shape (nodes,): `cell`, index among the
        elements that are used, or -1 at a leaf; `threshold`, scaled elements up to it go `left`,
        others `right`, indices of nodes; `path`, cuts to a leaf and those that would isolate an
        event in it. `unit`, shape (): c of equation 1 of the paper.

    Raises
    ------
    ValueError
        If fewer than two events are left to grow trees on.
    """
    from sklearn.ensemble import IsolationForest as Grower  # scoring needs none of it

    x = draw_events(settings, training)
    if len(x) < 2:
        raise ValueError(
            f"{len(x)} events to grow an isolation forest on, of {training.scaler.sums.n_events} "
            "in the training part: raise baselines.<name>.max_events, or check the weights"
        )
    max_samples = min(settings.max_samples, len(x))
    grower = Grower(
        n_estimators=settings.n_estimators,
        max_samples=max_samples,
        random_state=training.seed,
        n_jobs=training.threads,
    )
    grower.fit(x)
    trees = [estimator.tree_ for estimator in grower.estimators_]
    roots = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
    pairs = list(zip(trees, roots, strict=True))
    return {
        "roots": roots,
        "cell": np.concatenate([np.where(_is_leaf(t), LEAF, t.feature) for t in trees]),
        "threshold": np.concatenate([tree.threshold for tree in trees]),
        "left": np.concatenate([tree.children_left + root for tree, root in pairs]),
        "right": np.concatenate([tree.children_right + root for tree, root in pairs]),
        "path": np.concatenate([_measure_paths(tree) for tree in trees]),
        "unit": _average_path(np.array(max_samples)),
    }


def _is_leaf(tree: Any) -> NDArray[np.bool_]:  # noqa: ANN401
    leaf: NDArray[np.bool_] = np.equal(tree.children_left, LEAF)
    return leaf


def _measure_paths(tree: Any) -> NDArray[np.float64]:  # noqa: ANN401
    """Cuts before each node of a tree and, on average, to isolate an event in it."""
    depth = np.zeros(tree.node_count)
    for node in np.flatnonzero(~_is_leaf(tree)):  # parents come before their children
        depth[[tree.children_left[node], tree.children_right[node]]] = depth[node] + 1
    lengths: NDArray[np.float64] = depth + _average_path(tree.n_node_samples)
    return lengths


def _average_path(events: NDArray[np.integer]) -> NDArray[np.float64]:
    """Average path length c(n), equation 1 of the paper; 1 for two events and 0 for one."""
    n = np.maximum(events, 3).astype(np.float64)
    harmonic = np.log(n - 1) + np.euler_gamma
    few = np.maximum(events - 1.0, 0.0)
    length: NDArray[np.float64] = np.where(events > 2, 2 * harmonic - 2 * (n - 1) / n, few)
    return length


@compile_function("numpy")
def _average_paths(
    x: NDArray[np.float32],
    roots: NDArray[np.int64],
    cell: NDArray[np.int64],
    threshold: NDArray[np.float64],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    path: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Mean over trees of the path lengths of events."""
    paths = np.zeros(len(x), dtype=np.float64)
    for event in range(len(x)):
        for root in roots:
            node = root
            while cell[node] != LEAF:
                below = np.float64(x[event, cell[node]]) <= threshold[node]
                node = left[node] if below else right[node]
            paths[event] += path[node]
    return paths / len(roots)
