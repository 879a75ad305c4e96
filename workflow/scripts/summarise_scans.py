"""Put the best cuts of all scans into one table."""

from pathlib import Path

from _job import start
from rapidmass.files import read_json
from rapidmass.search.summary import summarise_scan, write_summary

job = start(snakemake)
rows = [
    row
    for (selection, architecture, signal), path in zip(
        job.settings["scans"], snakemake.input, strict=True
    )
    for row in summarise_scan(
        read_json(Path(path)), selection=selection, architecture=architecture, signal=signal
    )
]
write_summary(rows, Path(snakemake.output.json), Path(snakemake.output.csv))
job.finish()
