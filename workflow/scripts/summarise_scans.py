"""Put the best cuts of all scans into one table."""

from pathlib import Path

from _job import start
from rapidmass.provenance.atomic_files import read_json
from rapidmass.search.summary import summarise_scan, write_summary

job = start()
rows = []
for name, path in zip(job.settings["scans"], job.input, strict=True):
    selection, scorer, signal = name.split("/")
    scan = read_json(Path(path))
    rows += summarise_scan(scan, selection=selection, scorer=scorer, signal=signal)
write_summary(rows, Path(job.output.json), Path(job.output.csv))
job.finish()
