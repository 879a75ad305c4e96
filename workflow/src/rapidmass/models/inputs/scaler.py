"""Scaling of elements: fitted once on the training part, then carried with the network."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.models.training import ScalingKind
from rapidmass.datasets.folds import Fold
from rapidmass.models.inputs.event_weights import TrainingSums
from rapidmass.representations.base import Encoded, Representation
from rapidmass.representations.registry import make_representation

AnyEncoded = TypeVar("AnyEncoded", bound=Encoded)

LOG_UNIT = 1e-4  # about 1 GeV at 13 TeV: what is smaller hardly differs from 0
PRESENT_ALONE: tuple[ScalingKind, ...] = ("present_standard", "log_standard")
"""Kinds that know no absent elements; for the others they count as raw zeros."""
BOUNDS: Mapping[ScalingKind, tuple[float, float]] = {"minmax": (0.0, 1.0), "max": (-1.0, 1.0)}


@dataclass(frozen=True, eq=False)
class Scaler:
    """A map of each element, and the sums over the events that it was fitted on.

    Parameters
    ----------
    representation
        What the elements mean.
    selection
        Name of the selection whose events it was fitted on, None where the files do not tell.
    kind
        How it was fitted.
    clip
        Whether scaled elements are clipped to the range of the training part.
    scale, shift
        Shape (elements,), float32: scaled = raw * scale + shift; for `log_standard` raw is replaced
        by asinh(raw / LOG_UNIT).
    sums
        Over the events that it was fitted on.
    fold
        What it was not fitted on, and what networks that see events through it are not trained on.
    """

    representation: Representation
    selection: str | None
    kind: ScalingKind
    clip: bool
    scale: NDArray[np.float32]
    shift: NDArray[np.float32]
    sums: TrainingSums
    fold: Fold | None = None

    @property
    def padding(self) -> NDArray[np.float32]:
        """Scaled value of an absent element, shape (elements,).

        It counts as a raw 0, so this is the shift: dense rows with 0 where elements are absent
        need no mask to be scaled. With `PRESENT_ALONE` it is the mean of those that are
        present, 0.
        """
        return np.zeros_like(self.shift) if self.kind in PRESENT_ALONE else self.shift

    @property
    def is_logarithmic(self) -> bool:
        """Whether elements are replaced by their logarithms first."""
        return self.kind == "log_standard"

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Range of the scaled elements, None where they are not clipped."""
        return BOUNDS[self.kind] if self.clip else None

    def transform(
        self,
        encoded: Encoded,
        features: NDArray[np.int64],
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Make events dense, scale them and keep some elements.

        Parameters
        ----------
        encoded
            Of this scaler's representation.
        features
            Flat indices of the elements to keep, rising.
        out
            Shape (events, features), C-ordered: where to write.

        Returns
        -------
        ndarray of float32, shape (events, features)
            What a network sees; `out` if it was given.
        """
        return self.fill(self.prepare(encoded), features, out)

    def prepare(self, encoded: AnyEncoded) -> AnyEncoded:
        """Replace elements by their logarithms where that is the kind of this scaler.

        Parameters
        ----------
        encoded
            Of this scaler's representation.

        Returns
        -------
        Encoded
            For `fill`, also after `Encoded.take`: what is done here once need not be done for each
            batch.
        """
        return encoded.map_values(take_logarithm) if self.is_logarithmic else encoded

    def fill(
        self,
        prepared: Encoded,
        features: NDArray[np.int64],
        out: NDArray[np.float32] | None = None,
        mask: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Do what is left to do of `transform` with prepared events, in one pass.

        Parameters
        ----------
        prepared
            From `prepare`.
        features
            Flat indices of the elements to keep, rising.
        out
            Shape (events, features), C-ordered: where to write.
        mask
            Shape (events, features), C-ordered: where to write 1 for elements that an event has,
            else 0.

        Returns
        -------
        ndarray of float32, shape (events, features)
            What a network sees; `out` if it was given.
        """
        return prepared.fill(
            out,
            features=features,
            padding=self.padding,
            scale=self.scale,
            shift=self.shift,
            bounds=self.bounds,
            mask=mask,
        )

    def to_json(self) -> dict[str, Any]:
        """Describe this scaler in JSON types, exactly.

        Returns
        -------
        dict
            What `from_json` takes.
        """
        return {
            "representation": self.representation.describe(),
            "selection": self.selection,
            "kind": self.kind,
            "clip": self.clip,
            "scale": self.scale.tolist(),
            "shift": self.shift.tolist(),
            "sums": self.sums.to_json(),
            "fold": None if self.fold is None else list(self.fold),
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
            known["representation"] = make_representation(content["representation"])
            known["sums"] = TrainingSums.from_json(content["sums"])
            known["fold"] = None if known["fold"] is None else Fold(*known["fold"])
            scaler = cls(**{**known, **arrays})
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a scaler ({error}); fit it anew") from error
        shape = (len(scaler.representation.element_names),)
        if any(array.shape != shape for array in arrays.values()):
            raise ValueError("scaler and representation differ in size; fit it anew")
        return scaler


def take_logarithm(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute asinh(value / LOG_UNIT): log(2 value / LOG_UNIT) far above, linear far below.

    Parameters
    ----------
    values
        Elements.

    Returns
    -------
    ndarray of float32
        Of the same shape; 0 stays 0, and a sign stays.
    """
    logarithm: NDArray[np.float32] = np.arcsinh(values * np.float32(1 / LOG_UNIT))
    return logarithm
