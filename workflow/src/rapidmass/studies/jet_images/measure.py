"""What a network makes of images: of background, and of signals that it never saw."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rapidmass.models.export.decoder import LATENT, OUTPUT, Decoder
from rapidmass.models.export.onnx_model import Model
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.representations.image.masses import measure_mass
from rapidmass.representations.image.representation import JetImage
from rapidmass.statistics.roc import compute_auc
from rapidmass.storage.event_keys import draw_uniform
from rapidmass.storage.parquet import iterate_events
from rapidmass.studies.jet_images.compression import quantise, store_images
from rapidmass.studies.jet_images.residuals import compare_images

SALT: Final = "jet images"
EXAMPLES: Final = 2  # jets of a group that are shown


class Images(NamedTuple):
    """Images of some jets, and what a network makes of them.

    Parameters
    ----------
    x, output
        Shape (jets, pixels): before and after, in the units of the pixels.
    latent
        Shape (jets, dimensions).
    error
        Shape (jets,): mean squared error of a scaled pixel, which training makes small.
    outside
        Shape (jets,): share of the momentum beyond the edges.
    """

    x: NDArray[np.float32]
    output: NDArray[np.float32]
    latent: NDArray[np.float32]
    error: NDArray[np.float64]
    outside: NDArray[np.float32]


def measure_images(
    model: Path,
    scaler: Scaler,
    background: Sequence[Path],
    channels: Sequence[str],
    signals: Mapping[str, Sequence[Path]],
    *,
    jets: int,
    threads: int,
) -> dict[str, Any]:
    """Measure how a network reconstructs and compresses images, and which jets are strange to it.

    Parameters
    ----------
    model
        An exported autoencoder.
    scaler
        How pixels are scaled before the network sees them.
    background
        The test set.
    channels
        Background channels.
    signals
        Shards by signal.
    jets
        Most jets of a channel and of a signal.
    threads
        Processor threads.

    Returns
    -------
    dict
        In JSON types. By group (channel or signal) `groups`: `kind`, number of `jets`, `error`,
        share of jets without a lit pixel (`dark`) and of momentum `outside`, what
        `rapidmass.studies.jet_images.residuals.compare_images` says, and `examples`. By signal
        `anomalies`: areas under the curve of the error and of simple variables. `compression`:
        rows with `bytes` and residuals of the background. `dimensions` of the latent space.

    Raises
    ------
    ValueError
        If events are not shown as images in GeV, or the network lacks a latent space.
    """
    network, decoder = Model(model, threads), Decoder(model, threads)
    representation = network.representation
    if not isinstance(representation, JetImage) or representation.layout.intensity != "pt":
        raise ValueError(f"{model}: this study needs images whose pixels hold pt")
    layout = representation.layout
    groups: dict[str, tuple[str, Images]] = {}
    for name in channels:
        found = _choose(background, jets, name)
        if found.num_rows:
            groups[name] = "background", _look(network, scaler, found)
    for name, paths in signals.items():
        found = _choose(paths, jets)
        if found.num_rows:
            groups[name] = "signal", _look(network, scaler, found)
    described = {
        name: {
            "kind": kind,
            "jets": len(images.x),
            "error": float(images.error.mean()),
            "dark": float(np.mean(~images.x.any(axis=1))),
            "outside": float(images.outside.mean()),
            **compare_images(images.x, images.output, layout),
            "examples": [
                {"before": images.x[k].tolist(), "after": images.output[k].tolist()}
                for k in range(min(EXAMPLES, len(images.x)))
            ],
            "mean": images.x.mean(axis=0).tolist(),
        }
        for name, (kind, images) in groups.items()
    }
    known = [images for kind, images in groups.values() if kind == "background"]
    return {
        "dimensions": next((int(images.latent.shape[1]) for images in known), None),
        "pixels": layout.pixels,
        "width": layout.width,
        "groups": described,
        "anomalies": {
            name: _find_anomalies(known, images, layout)
            for name, (kind, images) in groups.items()
            if kind == "signal" and known
        },
        "compression": _compress(decoder, scaler, network, known, layout) if known else [],
    }


def _choose(paths: Sequence[Path], jets: int, channel: str | None = None) -> pa.Table:
    """Choose jets by their identity, whatever file they are in."""
    tables = list(_read(paths, channel))
    if not tables:
        return pa.table({"key": pa.array([], pa.uint64())})
    table = pa.concat_tables(tables)
    keys = table["key"].to_numpy()
    order = np.lexsort((keys, draw_uniform(keys, SALT)))[:jets]
    return table.take(pa.array(order)).combine_chunks()


def _read(paths: Sequence[Path], channel: str | None) -> Iterator[pa.Table]:
    for path in paths:
        for table in iterate_events(path):
            # signals hold columns that the background has not, and the other way round
            kept = [name for name in table.column_names if name.startswith(("key", "image_"))]
            chosen = table
            if channel is not None:
                chosen = table.filter(pc.equal(table["channel"], channel))
            if chosen.num_rows:
                yield chosen.select(kept)


def _look(network: Model, scaler: Scaler, table: pa.Table) -> Images:
    found = network.run(table, [OUTPUT, LATENT, "cell_errors"])
    x = network.representation.decode(table).fill()[:, network.features]
    return Images(
        x,
        _unscale(found[OUTPUT], scaler, network),
        found[LATENT],
        found["cell_errors"].mean(axis=1, dtype=np.float64),
        table["image_outside"].to_numpy(),
    )


def _unscale(output: NDArray[np.float32], scaler: Scaler, network: Model) -> NDArray[np.float32]:
    """Bring scaled pixels back to GeV; those that never vary come back as nothing."""
    scale, shift = scaler.scale[network.features], scaler.shift[network.features]
    varies = scale != 0
    found = np.zeros_like(output)
    found[:, varies] = (output[:, varies] - shift[varies]) / scale[varies]
    return found


def _find_anomalies(known: Sequence[Images], images: Images, layout: Any) -> dict[str, Any]:  # noqa: ANN401
    """Compare how the error and simple variables tell a signal from the background."""

    def compute(images: Images) -> dict[str, NDArray[np.float64]]:
        return {
            "error": images.error,
            "lit pixels": np.count_nonzero(images.x, axis=1).astype(np.float64),
            "hardest pixel": images.x.max(axis=1).astype(np.float64),
            "mass": measure_mass(images.x, layout),
            "sum of squares": np.square(images.x, dtype=np.float64).sum(axis=1),
        }

    usual = [compute(one) for one in known]
    strange = compute(images)
    found: dict[str, Any] = {}
    for name, values in strange.items():
        before = np.concatenate([one[name] for one in usual])
        auc = compute_auc(before, np.ones(len(before)), values, np.ones(len(values)))
        error = np.concatenate([one["error"] for one in usual])
        found[name] = {
            "auc": float(auc[0]),
            "uncertainty": float(auc[1]),
            "rank_correlation": _correlate(before, error),
        }
    return found


def _correlate(a: NDArray[np.float64], b: NDArray[np.float64]) -> float | None:
    """Correlate ranks (Spearman), of background; ties take the order of the jets."""
    if len(a) < 2 or not np.ptp(a) or not np.ptp(b):
        return None
    ranks = [np.argsort(np.argsort(values, kind="stable")) for values in (a, b)]
    return float(np.asarray(np.corrcoef(np.stack(ranks)))[0, 1])


def _compress(
    decoder: Decoder,
    scaler: Scaler,
    network: Model,
    known: Sequence[Images],
    layout: Any,  # noqa: ANN401
) -> list[dict[str, Any]]:
    """Measure bytes a jet, and what comes back of the background."""
    x, latent = (np.concatenate([getattr(one, key) for one in known]) for key in ("x", "latent"))
    rows: list[dict[str, Any]] = []
    for name, size in store_images(x).items():
        back = x.astype(np.float16).astype(np.float32) if "float16" in name else x
        rows.append({"name": name, "bytes": size, **compare_images(x, back, layout)})
    for name, (size, read) in quantise(latent).items():
        back = _unscale(decoder.decode(read), scaler, network)
        row = {"name": f"latent vector, {name}", "bytes": size}
        rows.append({**row, **compare_images(x, back, layout)})
    return rows
