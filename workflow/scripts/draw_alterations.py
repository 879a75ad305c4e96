"""Draw how the scores of a selection see altered events, and describe it."""

from pathlib import Path

from _job import start
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import write_section
from rapidmass.studies.altered_events.figures import draw_alterations
from rapidmass.studies.altered_events.section import describe_alterations

job = start(snakemake)
folder = Path(snakemake.output[0])
studies = [read_json(Path(path)) for path in snakemake.input]
drawn = draw_alterations(folder, Frame.parse(job.settings["frame"]), studies)
write_section(folder, describe_alterations(drawn, studies, job.settings["share"]))
job.finish()
