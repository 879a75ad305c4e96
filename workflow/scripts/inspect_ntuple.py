"""Read all that is needed of one ROOT ntuple, which may be bad."""

import json
from pathlib import Path

from _job import start
from rapidmass.census import Inspector, write_finding
from rapidmass.config.ntuple import NtupleFormat
from rapidmass.ntuples.sources import Source

job = start(snakemake)
inspector = Inspector(
    NtupleFormat.model_validate(job.settings["format"]),
    job.settings["objects"],
    is_data=job.settings["is_data"],
    require=job.settings["require"],
    largest_momentum=job.settings["largest_momentum"],
    sum_of_weights=job.settings["sum_of_weights"],
)
write_finding(
    inspector,
    Source.parse(json.loads(snakemake.params.source)),
    job.settings["file"]["part"],
    Path(snakemake.output[0]),
    job.describe(),
)
job.finish()
