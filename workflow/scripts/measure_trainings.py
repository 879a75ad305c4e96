"""Compare what trainings find of all signals."""

from pathlib import Path

from _job import start
from rapidmass.provenance.atomic_files import read_json
from rapidmass.studies.trainings.measure import Row, compare_trainings

job = start()
signals = job.settings["signals"]
rows = [Row(name, kind, tuple(told)) for name, kind, told in job.settings["rows"]]
paths = iter(job.input)
scans = {row.name: {signal: read_json(Path(next(paths))) for signal in signals} for row in rows}
job.write_json(Path(job.output[0]), compare_trainings(rows, scans, signals))
job.finish()
