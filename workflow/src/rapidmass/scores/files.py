"""Files of scores, opened for writing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rapidmass.provenance.atomic_files import write_whole


@contextmanager
def open_scores(output: Path, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """Open a file of scores for writing: it is there once all is written.

    Parameters
    ----------
    output
        The Parquet file.
    schema
        Of its tables.

    Yields
    ------
    pyarrow.parquet.ParquetWriter
        Takes tables of the schema.
    """
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    with (
        write_whole(output) as temporary,
        pq.ParquetWriter(
            temporary,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=texts or False,
        ) as writer,
    ):
        yield writer
