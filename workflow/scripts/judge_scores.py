"""Judge scores without signals, and measure what they know beyond MET."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from _job import start
from rapidmass.scores.alike import check_same_keys
from rapidmass.scores.read import ScoredEvents, iterate_background, read_signal
from rapidmass.storage.event_keys import derive_seed
from rapidmass.studies.sensitivity.measure import judge_scores

job = start()
settings = job.settings
columns = dict(settings["scorers"])
pairs = [(name, signal) for name in columns for signal in settings["signals"]]
signals = dict(zip(pairs, map(Path, job.input.signals), strict=True))


def iterate_without_ties(path: Path, column: str) -> Iterator[ScoredEvents]:
    """Read a score of the background in pieces; no two are equal."""
    for events in iterate_background(
        path,
        luminosity=settings["luminosity"],
        scored_share=settings["scored_share"],
        column=column,
    ):
        yield events.break_ties()


def read_signals(name: str) -> dict[str, ScoredEvents]:
    """Read all signals, without the weight of a sample: of shares within a signal it falls out."""
    options = {"weight": 1.0, "luminosity": 1.0, "column": columns[name], "variables": ["met"]}
    return {
        signal: read_signal(signals[name, signal], signal, **options).break_ties()
        for signal in settings["signals"]
    }


backgrounds = [Path(path) for path in job.input.backgrounds]
check_same_keys(backgrounds)
with TemporaryDirectory(dir=Path(job.output[0]).parent, prefix=".judged-") as folder:
    found = judge_scores(
        {
            name: partial(iterate_without_ties, path, column)
            for (name, column), path in zip(columns.items(), backgrounds, strict=True)
        },
        read_signals,
        settings["followed"],
        channels=settings["channels"],
        tilts=settings["tilts"],
        floor=settings["floor"],
        seed=derive_seed(settings["seed"], "sensitivity", "tilts"),
        folder=Path(folder),
    )
job.write_json(Path(job.output[0]), {"scores": found})
job.finish()
