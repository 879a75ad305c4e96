"""Count the events that a selection, and each of its variations, leaves out for their numbers."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.ntuples.format.cutflow import Cutflow

job = start()
nominal, shifted = map(Path, job.input.nominal), map(Path, job.input.shifted)


def count(paths: Iterator[Path], parts: int) -> dict[str, int]:
    """Count all events of the next parts, and those that were left out."""
    cutflow = Cutflow.add_up(map(Cutflow.read, islice(paths, parts)))
    return {"events": cutflow.raw[0], "left_out": cutflow.unsound}


samples = {name: count(nominal, parts) for name, parts in job.settings["samples"]}
shifts = {
    shift: {name: count(shifted, parts) for name, parts in members}
    for shift, members in job.settings["shifted"]
}
job.write_json(Path(job.output[0]), {"samples": samples, "shifts": shifts})
job.finish()
