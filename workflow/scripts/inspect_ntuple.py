"""Read what every selection needs of one ROOT ntuple, which may be bad."""

import json
from pathlib import Path

from _job import start
from rapidmass.census import Inspector, write_finding
from rapidmass.config.ntuple import NtupleFormat
from rapidmass.config.sums import StoredSum
from rapidmass.ntuples.sources import Source

job = start(snakemake)
where = job.settings["sum_of_weights"]
inspector = Inspector(
    NtupleFormat.model_validate(job.settings["format"]),
    job.settings["objects"],
    is_data=job.settings["is_data"],
    require=job.settings["require"],
    largest_momentum=job.settings["largest_momentum"],
    constants=job.settings["constants"],
    sum_of_weights=where and StoredSum.parse(where),
)
write_finding(
    inspector,
    Source.parse(json.loads(snakemake.params.source.text)),
    job.settings["file"]["part"],
    Path(snakemake.output[0]),
    job.describe(),
)
job.finish()
