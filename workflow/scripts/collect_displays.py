"""Collect single simulated events of one selection, as one network sees them."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.studies.event_displays.select import BACKGROUND, Group, collect_displays

job = start()
shards = iter(job.input.shards)
test = [Path(path) for path in job.input.test]
groups = {BACKGROUND: Group(Path(job.input.background), test)}
for signal, scores, parts in zip(
    job.settings["signals"], job.input.signals, job.settings["signal_parts"], strict=True
):
    groups[signal] = Group(Path(scores), [Path(path) for path in islice(shards, parts)])
displays = collect_displays(
    Path(job.input.model),
    groups,
    job.settings["displays"],
    threads=job.threads,
    folder=Path(job.output[0]).parent,
)
job.write_json(Path(job.output[0]), displays)
job.finish()
