"""Decide which files of a sample count."""

from pathlib import Path

from _job import start
from rapidmass.ntuples.quality.quarantine import judge_files

job = start()
output = Path(job.output[0])
record = judge_files(
    dict(zip(job.settings["parts"], map(Path, job.input), strict=True)),
    sample=job.settings["sample"],
    role=job.settings["role"],
    folder=output.parent,
)
job.write_json(output, record)
job.finish()
