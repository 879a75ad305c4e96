"""What the way from ROOT to a shard cannot do without, each part by itself in the best known way.

Decompression of the baskets of the needed branches, decoding of their contents, the kernel, and
Parquet encoding of the same table. Nothing of this is the library's reader.
"""

import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cramjam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import uproot
from numba import njit
from numpy.typing import NDArray

from benchmarks.environment import serve
from benchmarks.ntuples import TREE
from benchmarks.toy import fill, place_objects
from benchmarks.workers.shard import CUTS
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.ntuples.format.builder import EventBuilder
from rapidmass.ntuples.format.selection import Variables
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.sparse import count_values
from rapidmass.storage.parquet import ROWS_PER_GROUP, ShardWriter, iterate_events

ROWS_PER_BLOCK = 8192
BLOCK_HEADER = 9
VECTOR_HEADER = 10
KEY = struct.Struct(">ihiIhh")  # bytes, version, bytes when decompressed, time, bytes of key, cycle


class Clock:
    """Adds up times by the clock and of the processor."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def time(self, call: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
        """Call, and count the time."""
        cpu, wall = time.process_time(), time.perf_counter()
        result = call(*arguments)
        self.wall += time.perf_counter() - wall
        self.cpu += time.process_time() - cpu
        return result


@njit(cache=True, nogil=True)
def decode_vectors(
    data: NDArray[np.uint8], stop: int, width: int, out: NDArray[np.uint8]
) -> tuple[int, int]:
    """Take the elements of vectors out of a basket, in the order of this machine's bytes.

    Parameters
    ----------
    data
        The basket, decompressed.
    stop
        Where its entries end.
    width
        Bytes of an element: 1 or 4.
    out
        Where to put the elements; at least as long as the basket.

    Returns
    -------
    tuple of int
        Entries, and elements.
    """
    words = out[: len(out) // 4 * 4].view(np.uint32)
    entries, place, written = 0, 0, 0
    while place < stop:
        n = int(_read_word(data, place + VECTOR_HEADER - 4))
        place += VECTOR_HEADER
        if width == 4:
            for element in range(n):
                words[written + element] = _read_word(data, place + 4 * element)
        else:
            for element in range(n):
                out[written + element] = data[place + element]
        written += n
        place += n * width
        entries += 1
    return entries, written


@njit(cache=True, nogil=True, inline="always")
def _read_word(data: NDArray[np.uint8], place: int) -> np.uint32:
    high = (np.uint32(data[place]) << 24) | (np.uint32(data[place + 1]) << 16)
    return high | (np.uint32(data[place + 2]) << 8) | np.uint32(data[place + 3])


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Time the four parts."""
    clocks = {name: Clock() for name in ("decompress", "decode", "kernel", "encode")}
    decode_vectors(np.zeros(VECTOR_HEADER, np.uint8), VECTOR_HEADER, 4, np.zeros(0, np.uint8))
    settings = NtupleFormat.model_validate(request["format"])
    objects = Variables(settings, Layout().types, CUTS).objects
    needed = EventBuilder(settings, objects, is_data=False).branches
    path, shard = Path(request["path"]), Path(request["shard"])
    with uproot.open(path) as file:
        for name in needed:
            branch = file[TREE][name]
            _read_branch(path, branch, clocks["decompress"], clocks["decode"])
    _time_kernel(shard, clocks["kernel"])
    _time_encoding(shard, clocks["encode"])
    return {
        "wall": sum(clock.wall for clock in clocks.values()),
        "cpu": sum(clock.cpu for clock in clocks.values()),
        "parts": {name: clock.wall for name, clock in clocks.items()},
        "branches": len(needed),
    }


def _read_branch(path: Path, branch: uproot.TBranch, decompress: Clock, decode: Clock) -> None:
    is_vector = branch.typename.startswith("std::vector")
    buffer = np.empty(0, np.uint8)
    with path.open("rb") as file:
        for index in range(branch.num_baskets):
            file.seek(branch.member("fBasketSeek")[index])
            raw = decompress.time(file.read, int(branch.member("fBasketBytes")[index]))
            n_bytes, _, size, _, key, _ = KEY.unpack_from(raw)
            (last,) = struct.unpack_from(">I", raw, key - 5)
            if len(buffer) < size:
                buffer, target = np.empty(size, np.uint8), np.empty(size, np.uint8)
            decompress.time(_decompress, memoryview(raw)[key:n_bytes], buffer[:size])
            content = buffer[:size]
            if is_vector:
                width = 1 if "bool" in branch.typename else 4
                decode.time(decode_vectors, content, last - key, width, target)
            else:
                kind = branch.interpretation
                kind = getattr(kind, "content", kind).from_dtype
                flat = content[: (last - key) // kind.itemsize * kind.itemsize].view(kind)
                decode.time(flat.astype, kind.newbyteorder("="))


def _decompress(source: memoryview, out: NDArray[np.uint8]) -> None:
    if len(source) == len(out):
        out[:] = source
        return
    start = filled = 0
    while start < len(source):
        head = source[start : start + BLOCK_HEADER]
        packed, size = (int.from_bytes(head[k : k + 3], "little") for k in (3, 6))
        start += BLOCK_HEADER
        block = source[start : start + packed]
        cramjam.zstd.decompress_into(block, out[filled : filled + size])  # type: ignore[arg-type]
        start, filled = start + packed, filled + size


def _time_kernel(shard: Path, clock: Clock) -> None:
    """Time the kernel on as many objects of each type as the events of the shard have."""
    layout = Layout()
    names = [f"n_{name}" for name in layout.types]
    for number, table in enumerate(iterate_events(shard, names)):
        counts = np.stack([table.column(name).to_numpy().astype(np.int64) for name in names])
        for toy in place_objects(layout, counts, number).cut(ROWS_PER_BLOCK):
            offsets = np.concatenate(([0], np.cumsum(count_values(toy.counts))))
            values = np.empty(offsets[-1], dtype=np.float32)
            clock.time(fill, toy, offsets, values)


def _time_encoding(shard: Path, clock: Clock) -> None:
    with pq.ParquetFile(shard) as parquet:
        nowhere = pa.MockOutputStream()
        with ShardWriter(nowhere, parquet.schema_arrow, {}) as writer:
            for batch in parquet.iter_batches(ROWS_PER_GROUP, use_threads=False):
                clock.time(writer.write, pa.Table.from_batches([batch]))


if __name__ == "__main__":
    serve(work)
