"""Draw what systematic variations do to scores in one selection, and describe it."""

from dataclasses import replace
from pathlib import Path

from _job import start
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import write_section
from rapidmass.studies.systematics.figures import draw_shifts
from rapidmass.studies.systematics.section import describe_systematics, name_shifts

job = start(snakemake)
folder = Path(snakemake.output[0])
frame = Frame.parse(job.settings["frame"])
paths = map(Path, snakemake.input)
scans = {
    scorer: {signal: read_json(next(paths)) for signal in frame.signals}
    for scorer in job.settings["scorers"]
}
drawn = job.settings["drawn"]
for scorer in drawn:
    scan = next(iter(scans[scorer].values()))
    draw_shifts(replace(frame, architecture=scorer), scan, folder / name_shifts(scorer))
write_section(folder, describe_systematics(folder, scans, job.settings["known"], drawn))
job.finish()
