"""Generation of one file of events."""

import logging
import time
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.inputs.generator import GeneratorSettings
from rapidmass.config.inputs.processes import Process
from rapidmass.generator.ntuple import EVENTS, Branches, NtupleWriter
from rapidmass.generator.particles import Particles
from rapidmass.provenance.atomic_files import write_whole

logger = logging.getLogger(__name__)

_LAST_SEED: Final = 900_000_000  # Pythia's
_LOG_INTERVAL: Final = 5.0  # s


class Source(Protocol):
    """What generates events."""

    def take_particles(self, events: int, /) -> tuple[Particles, NDArray[np.float64]]:
        """Generate so many events or fewer, but not none: particles, and weights of events."""

    @property
    def tried_weight(self) -> float:
        """Sum of the weights of all tried events."""

    @property
    def mean_weight(self) -> float:
        """Mean weight of what the filter accepts."""

    @property
    def filter_efficiency(self) -> float:
        """Share of the tried events that the filter accepts."""

    @property
    def boson_share(self) -> float:
        """Share of the accepted events with the bosons asked for."""

    @property
    def cross_section(self) -> float:
        """Cross section before the filter, in pb."""


def generate(
    process: Process,
    settings: GeneratorSettings,
    *,
    sample: str,
    events: int,
    seed: int,
    first_event: int,
    output: Path,
) -> dict[str, Any]:
    """Generate events of a process and write them to an ntuple.

    The tree `<sample>_NoSys` holds the stored events, or their jets; `bookkeeping` holds what they
    stand for:
    cross section x luminosity x genWeight x eventWeight / sumOfWeights is an event's weight.

    Parameters
    ----------
    process
        What to generate.
    settings
        How.
    sample
        Name of the sample. Samples with the same seed and different names are independent.
    events
        Number of events that the process's filter and enrichment let through, stored or not.
    seed
        Seed of all random numbers, 0 or more.
    first_event
        Event number of the first of these events. The next file of the sample begins at
        `first_event + events`.
    output
        The ROOT file to write.

    Returns
    -------
    dict
        `generated`, `stored`, `dropped_nonprompt` (events left out for a lepton from a hadron
        that has no boost), `sum_of_weights`, `filter_efficiency`, `boson_share` (share of the
        accepted events with the bosons asked for) and `cross_section` (Pythia's, at leading
        order, before the filter and without branching fractions it does not know; 1 pb for a
        prior).

    Raises
    ------
    ImportError
        If Pythia or FastJet is not installed.
    ValueError
        If Pythia refuses the process, or fewer than one event is asked for.
    """
    if events < 1:
        raise ValueError(f"sample {sample}: cannot generate {events} events; ask for at least 1")
    try:
        describe, branches = _find_description(process)
        make_source = _find_maker(process, settings)
    except ModuleNotFoundError as error:
        raise ImportError(
            f"event generation needs Pythia 8 and FastJet, and {error.name} is not installed: "
            "install rapidmass[generator]"
        ) from error
    # The name enters, too: equal seeds would give Z -> ee and Z -> mumu the same events.
    seeds = np.random.SeedSequence([seed, zlib.crc32(sample.encode())])
    rng = np.random.default_rng(seeds.spawn(1)[0])
    source = make_source(seed=1 + int(seeds.generate_state(1)[0]) % _LAST_SEED)
    clock = _Clock(sample, events)
    done = dropped = 0
    with write_whole(output) as temporary, NtupleWriter(temporary, sample, branches) as writer:
        while done < events:
            particles, weights = source.take_particles(events - done)
            columns, lost = describe(
                particles, weights=weights, first_event=first_event + done, rng=rng
            )
            writer.add(columns)
            done += len(weights)
            dropped += lost
            clock.report(done, writer.events)
        writer.finish(sum_of_weights=source.tried_weight, generated=done)
        stored = writer.events
    clock.report(done, stored, force=True)
    return {
        "generated": done,
        "stored": stored,
        "dropped_nonprompt": dropped,
        "sum_of_weights": source.tried_weight,
        "mean_weight": source.mean_weight,
        "filter_efficiency": source.filter_efficiency,
        "boson_share": source.boson_share,
        "cross_section": source.cross_section,
    }


def _find_description(process: Process) -> tuple[Callable[..., tuple[Any, int]], Branches]:
    """Find what makes entries of particles, and what these hold."""
    if process.jets is not None:
        from rapidmass.generator.jet_entries import JET_ENTRIES, make_entries

        make = partial(make_entries, wanted=process.jets, dataset=process.dataset_number)

        def describe(particles: Particles, **given: Any) -> tuple[Any, int]:  # noqa: ANN401
            return make(particles, **given), 0

        return describe, JET_ENTRIES
    from rapidmass.generator.reconstruction import reconstruct

    def describe_events(particles: Particles, **given: Any) -> tuple[Any, int]:  # noqa: ANN401
        result = reconstruct(particles, process, **given)
        return result.columns, result.dropped

    return describe_events, EVENTS


def _find_maker(process: Process, settings: GeneratorSettings) -> Callable[..., Source]:
    """Find what makes a source of events of its seed; Pythia is imported if it is needed."""
    if process.prior is not None:
        from rapidmass.generator.prior.source import PriorSource

        return partial(PriorSource, process)
    from rapidmass.generator.pythia import EventSource

    return partial(EventSource, process, settings)


class _Clock:
    """Logs progress every few seconds."""

    def __init__(self, sample: str, events: int) -> None:
        self._sample = sample
        self._events = events
        self._begin = self._last = time.monotonic()

    def report(self, done: int, stored: int, *, force: bool = False) -> None:
        now = time.monotonic()
        if force or now - self._last > _LOG_INTERVAL:
            self._last = now
            logger.info(
                "%s: %d of %d events, %d stored, %.0f a second",
                self._sample,
                done,
                self._events,
                stored,
                done / max(now - self._begin, 1e-3),
            )
