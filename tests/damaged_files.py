"""Real files, damaged in many ways, and what the product reads of them."""

import hashlib
import random
import resource
import signal
import warnings
from pathlib import Path

from rapidmass.config.load import read_format
from rapidmass.config.search.selection import Cut
from rapidmass.datasets.shards import Sharder
from rapidmass.ntuples.access.sources import NtupleError, Source
from rapidmass.representations.rmm.layout import Layout
from real_files import FORMATS
from synthetic_events import show

PATIENCE = 60  # seconds that one copy may take
MOST_MEMORY = 6 * 2**30  # bytes of address space
LARGEST_SPAN = 4096  # bytes


def read_numbers(path, format_name, *, is_data):
    """Read everything that a shard would hold of a file, as one number."""
    sharder = Sharder(
        Source(str(path)),
        sample="sample",
        part="part",
        selection="all",
        is_data=is_data,
        settings=read_format(FORMATS / f"{format_name}.yaml"),
        cuts=[Cut(name="all", require="n_lep >= 0")],
        **show(Layout()),
        seed=1,
        quarantine=True,  # files as they are hold single events with impossible numbers
    )
    digest = hashlib.sha256()
    for events in sharder.select():
        for column in sharder.tabulate(events).columns:
            digest.update(repr(column.to_pylist()).encode())
    digest.update(repr(sharder.cutflow.describe()).encode())
    return digest.hexdigest()


def flip_bit(content, rng):
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def spoil_bytes(content, rng):
    for _ in range(rng.randrange(2, 40)):
        content[rng.randrange(len(content))] = rng.randrange(256)


def cut_short(content, rng):
    del content[rng.randrange(len(content)) :]


def zero_span(content, rng):
    start = rng.randrange(len(content))
    stop = min(start + rng.randrange(1, LARGEST_SPAN), len(content))
    content[start:stop] = bytes(stop - start)


def spoil_header(content, rng):
    content[rng.randrange(min(400, len(content)))] = rng.randrange(256)


def swap_spans(content, rng):
    length = rng.randrange(1, min(LARGEST_SPAN, len(content) // 4))
    first, second = (rng.randrange(len(content) - length) for _ in range(2))
    one, other = content[first : first + length], content[second : second + length]
    content[first : first + length], content[second : second + length] = other, one


def insert_bytes(content, rng):
    start = rng.randrange(len(content))
    content[start:start] = rng.randbytes(rng.randrange(1, 64))


DAMAGES = (
    flip_bit, spoil_bytes, cut_short, zero_span, spoil_header, swap_spans, insert_bytes,
)  # fmt: skip


def limit_process():
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    warnings.simplefilter("ignore")


def read_damaged(task):
    """Damage a copy and read it: what came out, as a word and for people."""
    file, seed, folder = task
    rng = random.Random(seed)
    content = bytearray(file.path.read_bytes())
    DAMAGES[seed % len(DAMAGES)](content, rng)
    copy = Path(folder, f"{seed}-{file.path.name}")
    copy.write_bytes(content)
    signal.alarm(PATIENCE)  # ends this process, which the test notices
    try:
        return "numbers", read_numbers(copy, file.format, is_data=file.is_data)
    except NtupleError as error:
        return ("named" if str(copy) in str(error) else "nameless"), str(error)
    except Exception as error:
        return "stray", f"{type(error).__name__}: {error}"
    finally:
        signal.alarm(0)
        copy.unlink()
