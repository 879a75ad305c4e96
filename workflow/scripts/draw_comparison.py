"""Draw significances and ROC curves of all scores of a selection."""

from pathlib import Path
from typing import Any

from _job import start
from rapidmass.plotting.comparison import draw_comparison
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json

job = start()
frame = Frame.parse(job.settings["frame"])


def read(paths: list[str], scorers: list[str]) -> dict[str, dict[str, Any]]:
    """Read files by signal and score."""
    found = map(read_json, map(Path, paths))
    return {signal: {name: next(found) for name in scorers} for signal in frame.signals}


draw_comparison(
    Path(job.output[0]),
    frame,
    read(job.input.scans, job.settings["scorers"]),
    read(job.input.fits, job.settings["fitted"]) if job.settings["fitted"] else {},
    job.settings["baselines"],
)
job.finish()
