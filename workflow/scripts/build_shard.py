"""Build one shard of rapidity-mass matrices from one ROOT ntuple."""

from pathlib import Path

from _job import start
from rapidmass.config.ntuple import NtupleFormat
from rapidmass.config.selection import Cut
from rapidmass.ntuples.warmup import warm_up
from rapidmass.rmm.layout import Layout
from rapidmass.sharding import Sharder, write_shard

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
write_shard(sharder, Path(snakemake.output.shard), Path(snakemake.output.cutflow), job.describe())
job.finish()
