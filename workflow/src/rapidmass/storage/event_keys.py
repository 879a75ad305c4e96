"""Who an event is, and what follows from it.

Every random choice about an event (split, megaset, order) is a function of its 64-bit key under a
named salt. No random-number stream and no file order is involved, so the same events give the
same choices however they are stored or read.
"""

import numpy as np
from numpy.typing import NDArray

KEY_SPAN = 2**64
_MASK = KEY_SPAN - 1


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64-bit integers, one to one.

    The finaliser of splitmix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014, figure 1).

    Parameters
    ----------
    values
        Any shape.

    Returns
    -------
    ndarray of uint64
        The same shape.
    """
    with np.errstate(over="ignore"):
        z = values + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def hash_text(text: str) -> int:
    """Hash a text to 64 bits, the same on every machine and in every process.

    FNV-1a (G. Fowler, L. Noll, K. Vo) of the UTF-8 bytes.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    int
        0 to 2^64 - 1.
    """
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & _MASK
    return value


def make_event_keys(
    seed: int, sample: str, run: NDArray[np.int64], event: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Give each event its key.

    Parameters
    ----------
    seed
        The seed of the analysis.
    sample
        Name of the sample: event numbers are unique only inside it.
    run, event
        Shape (events,): run and event number, or a hash of the logical file name and the entry
        number where an ntuple has none.

    Returns
    -------
    ndarray of uint64, shape (events,)
        Uniform over the 64-bit integers.
    """
    base = mix(np.array([(seed ^ hash_text(sample)) & _MASK], dtype=np.uint64))
    keys = mix(run.astype(np.int64).view(np.uint64) ^ base)
    return mix(event.astype(np.uint64) ^ keys)


def draw_uniform(keys: NDArray[np.uint64], salt: str) -> NDArray[np.float64]:
    """Give each event a number in [0, 1) that belongs to it and to `salt`.

    Parameters
    ----------
    keys
        Shape (events,): event keys.
    salt
        What the number is for. Different salts give independent numbers.

    Returns
    -------
    ndarray of float64, shape (events,)
        Uniform in [0, 1), with 53 random bits.
    """
    salted = mix(keys ^ np.uint64(hash_text(salt)))
    return (salted >> np.uint64(11)).astype(np.float64) * np.float64(2.0**-53)


def derive_seed(seed: int, *labels: str | int) -> int:
    """Derive the seed of one job from the seed of the analysis.

    Parameters
    ----------
    seed
        The seed of the analysis.
    labels
        What the job is (`"ttbar", 3`).

    Returns
    -------
    int
        1 to 2^31 - 2: what every generator of random numbers accepts.
    """
    text = "/".join([str(seed), *map(str, labels)])
    return 1 + int(mix(np.array([hash_text(text)], dtype=np.uint64))[0]) % (2**31 - 2)
