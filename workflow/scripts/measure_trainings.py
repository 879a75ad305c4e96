"""Compare what trainings find of all signals."""

from pathlib import Path

from _job import start
from rapidmass.provenance.atomic_files import read_json
from rapidmass.studies.trainings.measure import Row, compare_trainings

job = start()
signals = job.settings["signals"]
rows = [Row(name, kind, tuple(told)) for name, kind, told in job.settings["rows"]]
paths = iter(job.input.scans)
scans = {row.name: {signal: read_json(Path(next(paths))) for signal in signals} for row in rows}
for path in job.input.combinations:
    combined = read_json(Path(path))
    told = tuple(combined["told"])
    rows += [Row(name, "combination", told) for name in combined["scans"]]
    scans |= combined["scans"]
job.write_json(Path(job.output[0]), compare_trainings(rows, scans, signals))
job.finish()
