"""Fetch one ROOT file from its server."""

import json
from dataclasses import replace
from pathlib import Path

from _job import start
from rapidmass.ntuples.access.download import fetch
from rapidmass.ntuples.access.sources import Source

job = start()
file = job.settings["file"]
source = replace(
    Source.parse(json.loads(job.params.source.text)),
    size=file.get("size"),
    adler32=file.get("adler32"),
)
fetch(source, Path(job.output[0]), keep_bad=job.params.keep_bad)
job.finish()
