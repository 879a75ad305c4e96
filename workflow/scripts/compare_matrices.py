"""Compare the mean matrices of one selection with that of its background."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.representations.rmm.layout import Layout
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
    Layout(types=dict(job.settings["types"]), **job.settings["rmm"]),
)
job.write_json(Path(job.output[0]), differences)
job.finish()
