"""Draw and describe what the trials of all networks of a selection found."""

from dataclasses import replace
from pathlib import Path

from _job import start
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import write_section
from rapidmass.studies.tuning.figures import draw_importances, draw_trials
from rapidmass.studies.tuning.section import IMPORTANCES, TRIALS, describe_tuning

job = start(snakemake)
folder = Path(snakemake.output[0])
frame = Frame.parse(job.settings["frame"])
paths = map(Path, snakemake.input)
tunings = dict(zip(job.settings["tuned"], map(read_json, paths), strict=True))
for name, tuning in tunings.items():
    own = replace(frame, architecture=name)
    draw_trials(own, tuning, folder / name / TRIALS)
    if tuning["importances"]:
        draw_importances(own, tuning["importances"], folder / name / IMPORTANCES)
write_section(folder, describe_tuning(folder, tunings, job.settings["tuning"]))
job.finish()
