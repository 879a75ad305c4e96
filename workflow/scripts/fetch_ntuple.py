"""Fetch one ROOT file from its server."""

import json
from pathlib import Path

from _job import start
from rapidmass.ntuples.download import fetch
from rapidmass.ntuples.sources import Source

job = start(snakemake)
source = Source.parse(json.loads(snakemake.params.source))
fetch(source, Path(snakemake.output[0]), keep_bad=job.settings["file"]["keep_bad"])
job.finish()
