"""Fetch one ROOT file from its server."""

import json
from dataclasses import replace
from pathlib import Path

from _job import start
from rapidmass.ntuples.access.download import fetch
from rapidmass.ntuples.access.sources import Source

job = start(snakemake)
file = job.settings["file"]
source = replace(
    Source.parse(json.loads(snakemake.params.source.text)),
    size=file.get("size"),
    adler32=file.get("adler32"),
)
fetch(source, Path(snakemake.output[0]), keep_bad=snakemake.params.keep_bad)
job.finish()
