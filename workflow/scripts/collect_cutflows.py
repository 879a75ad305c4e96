"""Add up the cutflows of a selection."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.ntuples.format.cutflow import Cutflow, check_cutflow

job = start()
paths = iter(job.input)
cutflows = {}
for sample, role, parts in job.settings["samples"]:
    cutflow = Cutflow.add_up(Cutflow.read(Path(path)) for path in islice(paths, parts))
    check_cutflow(cutflow, sample, role, job.settings["selection"])
    cutflows[sample] = cutflow.describe()
job.write_json(Path(job.output[0]), {"samples": cutflows})
job.finish()
