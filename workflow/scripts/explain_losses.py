"""Compute the mean error of each cell that one network reconstructs."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.studies.event_displays.cell_errors import explain_losses

job = start()
shards = iter(job.input.shards)
signals = {
    signal: [Path(path) for path in islice(shards, parts)]
    for signal, parts in zip(job.settings["signals"], job.settings["signal_parts"], strict=True)
}
altered = next(map(Path, job.input.altered), None)
explanation = explain_losses(
    Path(job.input.model),
    [Path(path) for path in job.input.test],
    signals,
    altered,
    threads=job.threads,
)
job.write_json(Path(job.output[0]), explanation)
job.finish()
