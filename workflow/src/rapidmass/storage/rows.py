"""Rows of Parquet files, handed out in order, as many as are asked for."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.storage.parquet import open_parquet


class Rows:
    """Rows of a file: files that were cut into other groups of rows are read side by side.

    Parameters
    ----------
    path
        The file.
    columns
        Which to read; None: all.
    batch
        Rows that are read at once.
    keep
        Tells which rows of a table are handed out; None: all.
    """

    def __init__(
        self,
        path: Path,
        columns: Sequence[str] | None,
        batch: int,
        keep: Callable[[pa.Table], NDArray[np.bool_]] | None = None,
    ) -> None:
        parquet = open_parquet(path)
        self._keep = keep
        names = parquet.schema_arrow.names if columns is None else list(columns)
        self._batches = parquet.iter_batches(batch, columns=names, use_threads=False)
        schema = parquet.schema_arrow
        self._rest = pa.schema(
            [schema.field(name) for name in names], metadata=schema.metadata
        ).empty_table()

    def take(self, rows: int) -> pa.Table:
        """Take the next rows; fewer at the end."""
        while self._rest.num_rows < rows:
            batch = next(self._batches, None)
            if batch is None:
                break
            new = pa.Table.from_batches([batch]).select(self._rest.column_names)
            if self._keep is not None:
                new = new.filter(pa.array(self._keep(new)))
            self._rest = pa.concat_tables([self._rest, new.cast(self._rest.schema)])
        taken = self._rest.slice(0, rows)
        self._rest = self._rest.slice(rows)
        return taken
