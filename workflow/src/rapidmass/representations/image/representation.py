"""Images of jets as a representation: pixels over pseudorapidity and azimuth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, get_args

import numpy as np
from numpy.typing import NDArray

from rapidmass.representations.base import Events
from rapidmass.representations.image.layout import Centre, ImageLayout, Intensity

if TYPE_CHECKING:
    import pyarrow as pa

    from rapidmass.representations.sparse import SparseRows

CELLS: Final = "image_cells"
VALUES: Final = "image_values"
OUTSIDE: Final = "image_outside"


@dataclass(frozen=True)
class JetImage:
    """Images of one layout.

    Parameters
    ----------
    layout
        What the pixels mean.
    """

    layout: ImageLayout

    kind: ClassVar[str] = "image"

    @property
    def shape(self) -> tuple[int, ...]:
        """(channels, rows, columns): rows are azimuths, columns pseudorapidities."""
        return len(self.layout.channels), self.layout.pixels, self.layout.pixels

    @property
    def element_names(self) -> tuple[str, ...]:
        """Channel, row and column of each pixel."""
        return self.layout.element_names

    @property
    def scale_groups(self) -> NDArray[np.int64]:
        """Pixels of a channel share their scale."""
        return self.layout.scale_groups

    @property
    def columns(self) -> tuple[str, ...]:
        """Numbers of the lit pixels, what they hold, and the share of momentum beyond the edges."""
        return CELLS, VALUES, OUTSIDE

    @property
    def objects(self) -> tuple[str, ...]:
        """The objects of all channels."""
        return self.layout.objects

    @property
    def expressions(self) -> tuple[str, ...]:
        """None: pixels are computed from objects."""
        return ()

    def describe(self) -> dict[str, Any]:
        """Describe it in JSON types; the channels are a list, since their order counts."""
        channels = [[name, list(objects)] for name, objects in self.layout.channels.items()]
        return {"kind": self.kind, **asdict(self.layout), "channels": channels}

    def encode(
        self,
        events: Events,
        variables: Mapping[str, Any],  # noqa: ARG002
    ) -> dict[str, pa.Array]:
        """Fill the images of jets; one without constituents has no lit pixel.

        Raises
        ------
        ValueError
            If a constituent has no position, or a momentum below 0.
        """
        import pyarrow as pa

        from rapidmass.representations.image import kernel

        offsets, vectors, channel = self._gather(events)
        of_pixels = self.layout.turned == "pixels"
        most = len(channel) * (4 if of_pixels else 1)
        cells, values = np.empty(most, np.uint16), np.empty(most, np.float32)
        counts = np.empty(len(events), np.int64)
        outside = np.empty(len(events), np.float32)
        layout = self.layout
        size = (layout.pixels, float(layout.width), len(layout.channels))
        centre, intensity = _number(layout.centre, Centre), _number(layout.intensity, Intensity)
        choices = (centre, layout.rotate, layout.flip, intensity)
        lit = kernel.fill_cells(
            offsets, vectors, channel, size, choices, of_pixels, cells, values, counts, outside
        )
        ends = pa.array(np.concatenate(([0], np.cumsum(counts))).astype(np.int32))
        kinds = {CELLS: pa.uint16(), VALUES: pa.float32()}
        lists = {
            name: pa.ListArray.from_arrays(
                ends,
                pa.array(flat[:lit].copy()),  # a view would keep all of it in memory
                type=pa.list_(pa.field("element", kinds[name], nullable=False)),
            )
            for name, flat in ((CELLS, cells), (VALUES, values))
        }
        return {**lists, OUTSIDE: pa.array(outside)}

    def _gather(self, events: Events) -> tuple[NDArray[np.int64], Any, NDArray[np.int64]]:
        """Join the constituents of all channels, jet after jet."""
        parts = [
            (number, events.objects[name])
            for number, objects in enumerate(self.layout.channels.values())
            for name in objects
        ]
        event = np.concatenate([members.event for _, members in parts])
        order = np.argsort(event, kind="stable")
        channel = np.concatenate([np.full(len(members.pt), k) for k, members in parts])[order]
        vectors = tuple(
            np.concatenate([getattr(members, key) for _, members in parts])[order]
            for key in ("pt", "eta", "phi")
        )
        usable = np.isfinite(vectors[0]) & np.isfinite(vectors[1]) & np.isfinite(vectors[2])
        usable &= vectors[0] > 0
        if not usable.all():
            first = int(np.argmin(usable))
            raise ValueError(
                f"a constituent of entry {event[order][first]} has pT {vectors[0][first]:g} GeV, "
                f"eta {vectors[1][first]:g}, phi {vectors[2][first]:g}: an image needs finite "
                "positions and momenta above 0; leave such constituents out with `where` of the "
                "object"
            )
        offsets = np.concatenate(([0], np.cumsum(np.bincount(event, minlength=len(events)))))
        return offsets.astype(np.int64), vectors, channel.astype(np.int64)

    def decode(self, table: pa.Table) -> SparseRows:
        """Get the images of a table."""
        from rapidmass.representations.sparse import SparseRows

        cells, values = (table.column(name).combine_chunks() for name in (CELLS, VALUES))
        lengths = cells.value_lengths().to_numpy().astype(np.int64)
        starts = np.concatenate(([0], np.cumsum(lengths)))[:-1]
        return SparseRows(
            self.layout.n_elements,
            cells.flatten().to_numpy(),
            values.flatten().to_numpy(),
            starts.astype(np.int64),
            lengths,
        )


def _number(choice: str, choices: object) -> int:
    """Give the number by which the kernel knows a choice."""
    return get_args(choices).index(choice)


def make_representation(
    channels: Sequence[tuple[str, Sequence[str]]],
    **settings: Any,  # noqa: ANN401
) -> JetImage:
    """Make the representation by images.

    Parameters
    ----------
    channels
        Pairs of name and objects, in the order of the channels.
    **settings
        The rest of the layout.

    Returns
    -------
    JetImage
        Equal to the one that was described.
    """
    shown = {name: tuple(objects) for name, objects in channels}
    return JetImage(ImageLayout(channels=shown, **settings))
