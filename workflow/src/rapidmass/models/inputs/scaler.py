"""Scaling of matrix cells: fitted once on the training part, then carried with the network."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.models.training import ScalingKind
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.matrices import densify
from rapidmass.representations.rmm.sparse import SparseMatrices

LOG_UNIT = 1e-4  # about 1 GeV at 13 TeV: what is smaller hardly differs from 0
BOUNDS: Mapping[ScalingKind, tuple[float, float]] = {"minmax": (0.0, 1.0), "max": (-1.0, 1.0)}


class SignedSums(NamedTuple):
    """Sums of the positive and of the negative weights of some events, in pb."""

    positive: float
    negative: float

    @property
    def total(self) -> float:
        """Sum of the weights."""
        return self.positive + self.negative

    @property
    def rescaling(self) -> float:
        """Factor with which absolute weights add up to the total; 0 where that is not positive."""
        return self.total / (self.positive - self.negative) if self.total > 0 else 0.0


@dataclass(frozen=True, eq=False)
class Scaler:
    """A map of each cell, and the sums over the events that it was fitted on.

    Parameters
    ----------
    layout
        What the cells mean.
    selection
        Name of the selection whose events it was fitted on, None where the files do not tell.
    kind
        How it was fitted.
    clip
        Whether scaled cells are clipped to the range of the training part.
    scale, shift
        Shape (D * D,), float32: scaled = raw * scale + shift; for `log_standard` raw is replaced by
        asinh(raw / LOG_UNIT).
    n_events, n_negative
        Events that it was fitted on, and how many of them have a negative weight.
    channels
        Sums of the weights of these events, by channel.
    """

    layout: Layout
    selection: str | None
    kind: ScalingKind
    clip: bool
    scale: NDArray[np.float32]
    shift: NDArray[np.float32]
    n_events: int
    n_negative: int
    channels: Mapping[str, SignedSums]

    @property
    def padding(self) -> NDArray[np.float32]:
        """Scaled value of an absent cell, shape (D * D,).

        An absent cell counts as a raw 0, so this is the shift: a dense matrix with 0 where cells
        are absent needs no mask to be scaled. With `log_standard` it is the mean of those that are
        present, 0.
        """
        return np.zeros_like(self.shift) if self.is_logarithmic else self.shift

    @property
    def is_logarithmic(self) -> bool:
        """Whether cells are replaced by their logarithms first."""
        return self.kind == "log_standard"

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Range of the scaled cells, None where they are not clipped."""
        return BOUNDS[self.kind] if self.clip else None

    def transform(
        self,
        matrices: SparseMatrices,
        cells: NDArray[np.int64],
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Make matrices dense, scale them and keep some cells.

        Parameters
        ----------
        matrices
            Of this scaler's layout.
        cells
            Flat indices of the cells to keep, rising.
        out
            Shape (events, cells), C-ordered: where to write.

        Returns
        -------
        ndarray of float32, shape (events, cells)
            What a network sees; `out` if it was given.
        """
        return self.spread(self.prepare(matrices), cells, out)

    def prepare(self, matrices: SparseMatrices) -> SparseMatrices:
        """Replace cells by their logarithms where that is the kind of this scaler.

        Parameters
        ----------
        matrices
            Of this scaler's layout.

        Returns
        -------
        SparseMatrices
            For `spread`, also after `rapidmass.representations.rmm.blocks.take_events`: what is
            done here once need not be done for each batch.
        """
        if not self.is_logarithmic:
            return matrices
        return replace(matrices, values=take_logarithm(matrices.values))

    def spread(
        self,
        prepared: SparseMatrices,
        cells: NDArray[np.int64],
        out: NDArray[np.float32] | None = None,
        present: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Do what is left to do of `transform` with prepared matrices, in one pass.

        Parameters
        ----------
        prepared
            From `prepare`.
        cells
            Flat indices of the cells to keep, rising.
        out
            Shape (events, cells), C-ordered: where to write.
        present
            Shape (events, cells), C-ordered: where to write 1 for cells that an event has, else 0.

        Returns
        -------
        ndarray of float32, shape (events, cells)
            What a network sees; `out` if it was given.
        """
        return densify(
            prepared,
            cells=cells,
            padding=self.padding,
            scale=self.scale,
            shift=self.shift,
            bounds=self.bounds,
            out=out,
            present=present,
        )

    def mark_present(
        self, matrices: SparseMatrices, cells: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Tell which cells events have.

        Parameters
        ----------
        matrices
            Of this scaler's layout.
        cells
            Flat indices of the cells to keep, rising.

        Returns
        -------
        ndarray of float32, shape (events, cells)
            1 where an event has the cell, else 0.
        """
        present = np.empty((len(matrices), len(cells)), dtype=np.float32)
        self.spread(matrices, cells, present=present)
        return present

    def to_json(self) -> dict[str, Any]:
        """Describe this scaler in JSON types, exactly.

        Returns
        -------
        dict
            What `from_json` takes.
        """
        return {
            "layout": self.layout.describe(),
            "selection": self.selection,
            "kind": self.kind,
            "clip": self.clip,
            "scale": self.scale.tolist(),
            "shift": self.shift.tolist(),
            "n_events": self.n_events,
            "n_negative": self.n_negative,
            "channels": {name: sums._asdict() for name, sums in self.channels.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Scaler":
        """Restore a scaler.

        Parameters
        ----------
        content
            As `to_json` gave it.

        Returns
        -------
        Scaler
            Equal to the original bit for bit.

        Raises
        ------
        ValueError
            If something is missing or has the wrong length.
        """
        try:
            arrays = {k: np.array(content[k], dtype=np.float32) for k in ("scale", "shift")}
            known = {field.name: content[field.name] for field in fields(cls)}
            known["layout"] = Layout(**content["layout"])
            known["channels"] = {c: SignedSums(**sums) for c, sums in content["channels"].items()}
            scaler = cls(**{**known, **arrays})
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a scaler ({error}); fit it anew") from error
        if any(array.shape != (scaler.layout.n_cells,) for array in arrays.values()):
            raise ValueError("scaler and layout differ in their number of cells; fit it anew")
        return scaler


def take_logarithm(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute asinh(value / LOG_UNIT): log(2 value / LOG_UNIT) far above, linear far below.

    Parameters
    ----------
    values
        Filled cells.

    Returns
    -------
    ndarray of float32
        Of the same shape; 0 stays 0, and a sign stays.
    """
    logarithm: NDArray[np.float32] = np.arcsinh(values * np.float32(1 / LOG_UNIT))
    return logarithm
