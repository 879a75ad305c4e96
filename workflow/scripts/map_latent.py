"""Map events of one selection in the latent space of one network."""

import json
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq

from _job import start
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.studies.latent_space.measure import map_latent

job = start()
shards = iter(job.input.shards)
signals = {
    signal: [Path(path) for path in islice(shards, parts)]
    for signal, parts in zip(job.settings["signals"], job.settings["signal_parts"], strict=True)
}
mapped = map_latent(
    Path(job.input.model),
    [Path(path) for path in job.input.test],
    job.settings["channels"],
    signals,
    **job.settings["latent"],
    seed=job.settings["seed"],
    threads=job.threads,
)
metadata = {"rapidmass.provenance.requests": json.dumps(job.describe())}
with write_whole(Path(job.output.events)) as path:
    pq.write_table(mapped.events.replace_schema_metadata(metadata), path, compression="zstd")
job.write_json(Path(job.output.summary), mapped.summary)
job.finish()
