"""Hide signal events among data."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.studies.blind_test.injection import Recipe, Sample, mix_events

job = start()
paths = {"data": iter(job.input.data), "signals": iter(job.input.signals)}


def take_samples(kind: str, members: list[tuple[str, int]]) -> list[Sample]:
    """Take the shards of samples from the inputs."""
    return [
        Sample(name, [Path(path) for path in islice(paths[kind], parts)]) for name, parts in members
    ]


mix_events(
    take_samples("data", job.settings["data"]),
    take_samples("signals", job.settings["signals"]),
    Recipe(**job.settings["blind_test"]),
    Path(job.output.events),
    Path(job.output.labels),
    provenance=job.describe(),
)
job.finish()
