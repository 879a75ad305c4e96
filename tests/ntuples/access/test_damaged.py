"""Damaged copies of real files end in the right numbers, or in an error that names the file.

What is compressed has checksums of its own; what is stored as it is has only one of the whole file.
"""

import multiprocessing
import random
import zlib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import pytest

from damaged_files import DAMAGES, limit_process, read_damaged, read_numbers
from rapidmass.ntuples.access.sources import NtupleError, Source, check_content
from real_files import REAL, list_files

AUGMENTED = 300


@pytest.fixture(scope="module")
def files():
    found = list_files()
    if not found:
        pytest.skip(f"the real files are not at {REAL}")
    return found


def test_damaged_copies_give_right_numbers_or_a_named_error(files, tmp_path):
    tasks = [(files[seed % len(files)], seed, tmp_path) for seed in range(AUGMENTED)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, limit_process) as pool:
        right = {
            path: pool.submit(read_numbers, path, name, is_data=is_data)
            for path, name, is_data in files
        }
        right = {path: future.result() for path, future in right.items()}
        found = list(pool.map(read_damaged, tasks))
    outcomes = Counter(word for word, _ in found)
    for ((path, *_), seed, _), (word, told) in zip(tasks, found, strict=True):
        damage = DAMAGES[seed % len(DAMAGES)].__name__
        assert word in ("numbers", "named"), f"{path.name}, {damage} {seed}: {word} {told}"
        assert word == "named" or told == right[path], f"{path.name}, {damage} {seed}: numbers"
    assert min(outcomes[word] for word in ("numbers", "named")) > AUGMENTED / 10, outcomes


def test_a_checksum_finds_every_damage(files, tmp_path):
    for seed in range(AUGMENTED):
        path = files[seed % len(files)].path
        content = bytearray(path.read_bytes())
        checksum = f"{zlib.adler32(content):08x}"
        DAMAGES[seed % len(DAMAGES)](content, random.Random(seed))
        if content == path.read_bytes():
            continue
        copy = tmp_path / path.name
        copy.write_bytes(content)
        with pytest.raises(NtupleError, match=f"{path.name}.*{checksum}"):
            check_content(Source(str(copy), adler32=checksum))
