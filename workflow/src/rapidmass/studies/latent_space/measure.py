"""Maps of the latent space: where a network puts background channels and signals."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from rapidmass.models.export.onnx_model import Model
from rapidmass.representations.registry import check_representation
from rapidmass.search.mean_matrices import weigh_signal
from rapidmass.storage.event_keys import draw_uniform
from rapidmass.storage.parquet import iterate_events

LATENT = "latent"
SALT = "latent space"
COMPONENTS = 10  # whose shares of the variance are told
SCHEMA = pa.schema(
    [("key", pa.uint64()), ("group", pa.string()), ("kind", pa.string()), ("weight", pa.float64())]
)


class LatentMap(NamedTuple):
    """Events as a network sees them in its latent space.

    Parameters
    ----------
    events
        One row an event: `key`, `group` (channel or signal), `kind` (`background` or `signal`),
        `weight` (of the background in pb, of signals relative to each other; the chosen events
        stand for all of their group), `radius` (distance from the origin of the latent space), and
        `pca_x`, `pca_y`, with UMAP also `umap_x`, `umap_y`. Without rows and the latter columns if
        the network has no latent space or the test set no event.
    summary
        In JSON types: `dimensions` of the latent space, None if there is none; `explained`, the
        shares of the variance of the background that its first principal components have; by group
        the number of events `seen`.
    """

    events: pa.Table
    summary: dict[str, Any]


@dataclass
class Sample:
    """The events of a group with the smallest draws by identity, found in one pass.

    Parameters
    ----------
    events
        How many are kept.
    """

    events: int
    seen: int = 0
    magnitude: float = 0.0
    _tables: list[pa.Table] = field(default_factory=list)
    _weights: list[NDArray[np.float64]] = field(default_factory=list)

    def add(self, table: pa.Table, weights: NDArray[np.float64]) -> None:
        """Offer events, shape of `weights` (events,)."""
        self.seen += table.num_rows
        self.magnitude += float(np.abs(weights).sum())
        self._tables.append(table)
        self._weights.append(weights)
        if sum(kept.num_rows for kept in self._tables) > 2 * self.events:
            table, weights = self._cut()
            self._tables, self._weights = [table], [weights]

    def get_events(self) -> tuple[pa.Table | None, NDArray[np.float64]]:
        """Get the events, and weights with which they stand for all that were offered.

        Returns
        -------
        pyarrow.Table or None
            By rising draw, so that they have no other order; None without events.
        ndarray of float64, shape (events,)
            Weights, scaled so that the sum of their magnitudes is that of all events.
        """
        if not self.seen:
            return None, np.zeros(0)
        table, weights = self._cut()
        kept = float(np.abs(weights).sum())
        return table, weights * (self.magnitude / kept if kept > 0 else 1.0)

    def _cut(self) -> tuple[pa.Table, NDArray[np.float64]]:
        table, weights = pa.concat_tables(self._tables), np.concatenate(self._weights)
        keys = table["key"].to_numpy()
        order = np.lexsort((keys, draw_uniform(keys, SALT)))[: self.events]
        return table.take(pa.array(order)).combine_chunks(), weights[order]


def sample_background(
    paths: Sequence[Path], channels: Sequence[str], events: int
) -> dict[str, Sample]:
    """Choose events of each background channel by their identity.

    Parameters
    ----------
    paths
        The test set, with the columns `channel` and `weight`.
    channels
        Names of the channels.
    events
        Most events of a channel.

    Returns
    -------
    dict
        By channel.
    """
    samples = {name: Sample(events) for name in channels}
    for path in paths:
        for table in iterate_events(path):
            for name, sample in samples.items():
                chosen = table.filter(pc.equal(table["channel"], name))
                if chosen.num_rows:
                    sample.add(chosen, chosen["weight"].to_numpy())
    return samples


def sample_signal(paths: Sequence[Path], events: int) -> Sample:
    """Choose events of a signal by their identity.

    Parameters
    ----------
    paths
        Shards, with the columns `generator_weight` and `scale_factor`.
    events
        Most events.

    Returns
    -------
    Sample
        Its events.
    """
    sample = Sample(events)
    for path in paths:
        for table in iterate_events(path):
            sample.add(table, weigh_signal(table))
    return sample


def map_latent(
    model: Path,
    background: Sequence[Path],
    channels: Sequence[str],
    signals: Mapping[str, Sequence[Path]],
    *,
    events: int,
    umap: bool,
    seed: int,
    threads: int,
) -> LatentMap:
    """Map events by what a network makes of them in its latent space.

    Parameters
    ----------
    model
        An exported network.
    background
        The test set.
    channels
        Background channels.
    signals
        Shards by signal.
    events
        Most events of a channel and of a signal.
    umap
        Whether to make a map by UMAP too.
    seed
        What is random in UMAP follows from it.
    threads
        Processor threads.

    Returns
    -------
    LatentMap
        Of the chosen events.

    Raises
    ------
    ValueError
        If a file holds matrices of another layout than the network takes, or a latent vector is
        not finite; the message names group or file.
    """
    network = Model(model, threads)
    if LATENT not in network.outputs:
        return LatentMap(SCHEMA.empty_table(), {"dimensions": None})
    for path in (*background, *(path for paths in signals.values() for path in paths)):
        _check_file(network, path)
    samples = {
        ("background", n): s for n, s in sample_background(background, channels, events).items()
    }
    samples |= {("signal", name): sample_signal(paths, events) for name, paths in signals.items()}
    table, latent = _embed(network, samples)
    described = {"dimensions": int(latent.shape[1]), "explained": []}
    described["seen"] = {name: sample.seen for (_, name), sample in samples.items()}
    inside = pc.equal(table["kind"], "background").to_numpy(zero_copy_only=False)
    if not inside.any():
        return LatentMap(SCHEMA.empty_table(), described)
    places, explained = project_pca(latent, inside)
    described["explained"] = explained
    columns = {
        "radius": np.linalg.norm(latent, axis=1),
        "pca_x": places[:, 0],
        "pca_y": places[:, 1],
    }
    if umap:
        places = project_umap(latent, inside, seed)
        columns |= {"umap_x": places[:, 0], "umap_y": places[:, 1]}
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values.astype(np.float32)))
    return LatentMap(table, described)


def project_pca(
    latent: NDArray[np.float64], background: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], list[float]]:
    """Project onto the first two principal components of the background.

    Parameters
    ----------
    latent
        Shape (events, dimensions).
    background
        Shape (events,): which events the components are fitted to, each with the same weight.

    Returns
    -------
    ndarray of float64, shape (events, 2)
        The second column is 0 if there is one dimension, or one event of the background.
    list of float
        Shares of the variance of the background, of the first components; empty if it has none.
    """
    fitted = latent[background]
    pca = PCA(n_components=min(COMPONENTS, *fitted.shape), svd_solver="full")
    if len(fitted) < 2 or not np.ptp(fitted, axis=0).any():
        return np.zeros((len(latent), 2)), []
    places = pca.fit(fitted).transform(latent)[:, :2]
    missing = np.zeros((len(latent), 2 - places.shape[1]))
    return np.hstack([places, missing]), pca.explained_variance_ratio_.tolist()


def project_umap(
    latent: NDArray[np.float64], background: NDArray[np.bool_], seed: int
) -> NDArray[np.float64]:
    """Project by UMAP (L. McInnes, J. Healy, J. Melville, arXiv:1802.03426).

    Parameters
    ----------
    latent
        Shape (events, dimensions).
    background
        Shape (events,): which events the map is made from; the others are put into it.
    seed
        For what is random in it; on one thread, so that it gives the same map again.

    Returns
    -------
    ndarray of float64, shape (events, 2)
        Places.
    """
    with warnings.catch_warnings():
        # of a part that needs tensorflow, and is not used
        warnings.simplefilter("ignore", ImportWarning)
        from umap import UMAP  # slow to import, and seldom asked for

    reducer = UMAP(random_state=seed, n_jobs=1)
    places = np.empty((len(latent), 2))
    places[background] = reducer.fit_transform(latent[background])
    if not background.all():
        places[~background] = reducer.transform(latent[~background])
    return places


def _check_file(network: Model, path: Path) -> None:
    for table in iterate_events(path, rows=1):
        check_representation(network.representation, table.schema, path)
        break


def _embed(
    network: Model, samples: Mapping[tuple[str, str], Sample]
) -> tuple[pa.Table, NDArray[np.float64]]:
    rows = [SCHEMA.empty_table()]
    vectors: list[NDArray[np.float64]] = []
    for (kind, name), sample in samples.items():
        table, weights = sample.get_events()
        if table is None:
            continue
        latent = network.run(table, [LATENT])[LATENT].astype(np.float64)
        if not np.isfinite(latent).all():
            raise ValueError(
                f"{name}: {np.count_nonzero(~np.isfinite(latent).all(axis=1))} events have latent "
                "vectors that are not finite; their matrices hold such numbers, or the model is "
                "broken"
            )
        vectors.append(latent)
        columns = [table["key"], [name] * len(latent), [kind] * len(latent), weights]
        rows.append(pa.table(columns, schema=SCHEMA))
    return pa.concat_tables(rows), np.concatenate(vectors) if vectors else np.zeros((0, 1))
