"""Compare the mean matrices of one selection with that of its background."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.representations.registry import make_representation
from rapidmass.representations.rmm.representation import get_layout
from rapidmass.search.mean_matrices import compare_matrices

job = start()
shards = iter(job.input.signals)
differences = compare_matrices(
    [Path(path) for path in job.input.megasets],
    {
        signal: [Path(path) for path in islice(shards, parts)]
        for signal, parts in zip(job.settings["signals"], job.settings["signal_parts"], strict=True)
    },
    job.settings["channels"],
    get_layout(make_representation(job.settings["representation"]), "a mean matrix"),
)
job.write_json(Path(job.output[0]), differences)
job.finish()
