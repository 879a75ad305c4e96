"""Measure what one network makes of images of jets."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.provenance.atomic_files import read_json
from rapidmass.studies.jet_images.measure import measure_images

job = start()
shards = iter(job.input.shards)
signals = {
    signal: [Path(path) for path in islice(shards, parts)]
    for signal, parts in zip(job.settings["signals"], job.settings["signal_parts"], strict=True)
}
measured = measure_images(
    Path(job.input.model),
    Scaler.from_json(read_json(Path(job.input.scaler))),
    [Path(path) for path in job.input.test],
    job.settings["channels"],
    signals,
    jets=job.settings["jets"],
    threads=job.threads,
)
job.write_json(Path(job.output[0]), measured)
job.finish()
