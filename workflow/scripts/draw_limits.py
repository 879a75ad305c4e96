"""Draw and describe the expected limits of one selection."""

from pathlib import Path

from _job import start
from rapidmass.config.studies.limits import Limits
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import write_section
from rapidmass.studies.limits.figures import draw_limits
from rapidmass.studies.limits.section import describe_limits, name_limits

job = start(snakemake)
folder = Path(snakemake.output[0])
frame = Frame.parse(job.settings["frame"])
paths = iter(snakemake.input)
found = {
    scorer: {signal: read_json(Path(next(paths))) for signal in frame.signals}
    for scorer in job.settings["scorers"]
}
for signal in frame.signals:
    limits = {scorer: by_signal[signal] for scorer, by_signal in found.items()}
    draw_limits(frame, signal, limits, folder / name_limits(signal))
settings = Limits.model_validate(job.settings["limits"])
write_section(folder, describe_limits(folder, found, settings))
job.finish()
