"""Read what every selection needs of one ROOT ntuple, which may be bad."""

import json
from pathlib import Path

from _job import start
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.sums_of_weights import StoredSum
from rapidmass.ntuples.access.sources import Source
from rapidmass.ntuples.quality.file_check import Inspector, write_file_summary

job = start()
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
write_file_summary(
    inspector,
    Source.parse(json.loads(job.params.source.text)),
    job.settings["file"]["part"],
    Path(job.output[0]),
    job.describe(),
)
job.finish()
