"""Scan cuts on the score for one signal."""

from pathlib import Path

from _job import start
from rapidmass.config.search.scan import ScanSettings
from rapidmass.provenance.atomic_files import read_json
from rapidmass.scores.read import ScoredEvents, read_background, read_signal
from rapidmass.search.scan import scan_cuts
from rapidmass.search.systematics import ShiftedEvents

job = start()
luminosity = job.settings["luminosity"]
variables = sorted({"met", *job.settings["spectra"]})
weight = read_json(Path(job.input.weight))["weight"]


def read_pair(background: str, signal: str) -> tuple[ScoredEvents, ScoredEvents]:
    """Read the scores of background and signal."""
    common = {
        "luminosity": luminosity,
        "column": job.settings["column"],
        "variables": variables,
    }
    return (
        read_background(Path(background), scored_share=job.settings["scored_share"], **common),
        read_signal(Path(signal), job.settings["signal"], weight=weight, **common),
    )


scan = scan_cuts(
    *read_pair(job.input.background, job.input.signal),
    ScanSettings.model_validate(job.settings["scan"]),
    channels=job.settings["channels"],
    spectra=job.settings["spectra"],
    shifts=(
        ShiftedEvents(name, source, *read_pair(*pair))
        for (name, source), *pair in zip(
            job.settings["shifts"].items(),
            job.input.shifted_backgrounds,
            job.input.shifted_signals,
            strict=True,
        )
    ),
)
job.write_json(Path(job.output[0]), {"luminosity": luminosity, **scan})
job.finish()
