"""Compute the weight of a sample's events."""

import json
from dataclasses import asdict
from pathlib import Path

from _job import start
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.samples import SampleWeights
from rapidmass.ntuples.access.sources import Source
from rapidmass.ntuples.normalisation.sample_weights import normalise_sample
from rapidmass.ntuples.quality.quarantine_record import QuarantineRecord

job = start()
sources = json.loads(job.params.sources.text)
normalisation = normalise_sample(
    job.settings["sample"],
    SampleWeights.model_validate(job.settings["weights"]),
    sources={part: Source.parse(content) for part, content in sources.items()},
    settings=NtupleFormat.model_validate(job.settings["format"]),
    luminosity_share=job.settings["luminosity_share"],
    quarantine=QuarantineRecord.read(job.input.quarantine),
)
# files on servers are no inputs, so it is said here which they were
content = {**asdict(normalisation), "files": job.settings["files"]}
job.write_json(Path(job.output[0]), content)
job.finish()
