"""Draw and describe the latent spaces of all networks of one selection."""

from pathlib import Path

import pyarrow.parquet as pq

from _job import start
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import write_section
from rapidmass.studies.latent_space.figures import draw_latent
from rapidmass.studies.latent_space.section import describe_latent

job = start(snakemake)
folder = Path(snakemake.output[0])
frame = Frame.parse(job.settings["frame"])
maps = {
    name: (pq.read_table(events), read_json(Path(summary)))
    for name, events, summary in zip(
        job.settings["networks"], snakemake.input.events, snakemake.input.summaries, strict=True
    )
}
factors = dict.fromkeys(frame.channels, frame.luminosity / job.settings["test_fraction"])
for signal, path in zip(frame.signals, snakemake.input.weights, strict=True):
    factors[signal] = frame.luminosity * read_json(Path(path))["weight"]
normal = job.settings["normal"]
draw_latent(folder, frame, maps, factors, normal)
section = describe_latent(
    folder, frame, maps, factors, normal=normal, events=job.settings["latent_events"]
)
write_section(folder, section)
job.finish()
