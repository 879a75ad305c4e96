"""Refuse to lose too much of a sample."""

from pathlib import Path

from _job import start
from rapidmass.ntuples.quality.quarantine import check_loss
from rapidmass.provenance.atomic_files import read_json

job = start()
record, cap = read_json(Path(job.input[0])), job.settings["cap"]
check_loss(record, cap)
job.write_json(Path(job.output[0]), {"kept": record["kept"], "cap": cap})
job.finish()
