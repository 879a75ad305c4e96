"""Draw and describe how data compare with simulation in one selection."""

from dataclasses import replace
from pathlib import Path

from _job import start
from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import write_section
from rapidmass.studies.data_comparison.figures import draw_comparison
from rapidmass.studies.data_comparison.section import describe_comparison

job = start(snakemake)
folder = Path(snakemake.output[0])
numbers = read_json(Path(snakemake.input.numbers))
figures = job.settings["figures"]
luminosity = sum_luminosity(
    dict(job.settings["data_luminosities"]), map(Path, snakemake.input.data_weights)
)
drawn = draw_comparison(
    folder,
    replace(Frame.parse(job.settings["frame"]), luminosity=luminosity),
    numbers,
    Path(snakemake.input.histograms),
    worst=None if figures == "all" else figures,
)
write_section(folder, describe_comparison(folder, numbers, drawn, pseudo=job.settings["pseudo"]))
job.finish()
