"""Alter events of one ROOT ntuple that belong to the test set, and build their matrices."""

from pathlib import Path

from _job import start
from rapidmass.alterations import write_altered
from rapidmass.config.alteration import parse_alterations
from rapidmass.config.ntuple import NtupleFormat
from rapidmass.config.selection import Cut
from rapidmass.ntuples.warmup import warm_up
from rapidmass.rmm.layout import Layout
from rapidmass.sharding import Sharder

job = start(snakemake)
warm_up()
sharder = Sharder(
    Path(snakemake.input[0]),
    sample=job.settings["sample"],
    part=job.settings["part"],
    selection=job.settings["selection"],
    is_data=job.settings["is_data"],
    settings=NtupleFormat.model_validate(job.settings["format"]),
    cuts=[Cut.model_validate(cut) for cut in job.settings["cuts"]],
    layout=Layout(types=dict(job.settings["types"]), **job.settings["rmm"]),
    seed=job.settings["seed"],
)
write_altered(
    sharder,
    Path(snakemake.output[0]),
    alterations=parse_alterations(job.settings["alterations"]),
    test_fraction=job.settings["test_fraction"],
    share=job.settings["share"],
    provenance=job.describe(),
)
job.finish()
