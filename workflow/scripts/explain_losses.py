"""Compute the mean error of each cell that one network reconstructs."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.studies.event_displays.cell_errors import explain_losses

job = start(snakemake)
shards = iter(snakemake.input.shards)
signals = {
    signal: [Path(path) for path in islice(shards, parts)]
    for signal, parts in zip(job.settings["signals"], job.settings["signal_parts"], strict=True)
}
altered = Path(snakemake.input.altered) if snakemake.input.altered else None
explanation = explain_losses(
    Path(snakemake.input.model),
    [Path(path) for path in snakemake.input.test],
    signals,
    altered,
    threads=snakemake.threads,
)
job.write_json(Path(snakemake.output[0]), explanation)
job.finish()
