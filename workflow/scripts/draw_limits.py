"""Draw and describe the expected limits of one selection."""

from pathlib import Path

from _job import start
from rapidmass.config.limits import Limits
from rapidmass.figures.limits import draw_limits
from rapidmass.figures.style import Frame
from rapidmass.files import read_json
from rapidmass.report.limits import describe_limits, name_limits
from rapidmass.report.sections import write_section

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
