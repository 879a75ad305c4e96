"""Draw the mean matrices of one selection."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.plotting.rmm_matrices import draw_matrices
from rapidmass.plotting.style import Frame
from rapidmass.representations.registry import make_representation
from rapidmass.representations.rmm.representation import get_layout

job = start()
frame = Frame.parse(job.settings["frame"])
shards = iter(job.input.signals)
draw_matrices(
    Path(job.output[0]),
    frame,
    [Path(path) for path in job.input.megasets],
    {
        signal: [Path(path) for path in islice(shards, parts)]
        for signal, parts in zip(frame.signals, job.settings["signal_parts"], strict=True)
    },
    get_layout(make_representation(job.settings["representation"]), "a mean matrix"),
)
job.finish()
