"""Draw the figures of one network."""

from pathlib import Path

from _job import start
from rapidmass.config.search.scan import ScanSettings
from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.plotting.network import ArchitectureProducts, draw_architecture
from rapidmass.plotting.style import Frame

job = start()
frame = Frame.parse(job.settings["frame"])
shifts = job.settings["shifts"]


def by_signal(paths: list[str]) -> dict[str, Path]:
    """Name the files that belong to the signals, in their order."""
    return dict(zip(frame.signals, map(Path, paths), strict=True))


draw_architecture(
    Path(job.output[0]),
    frame,
    ArchitectureProducts(
        history=Path(job.input.history),
        background=Path(job.input.background),
        signals=by_signal(job.input.signals),
        normalisations=by_signal(job.input.weights),
        scans=by_signal(job.input.scans),
        data=[Path(path) for path in job.input.data],
        shifted=dict(zip(shifts, map(Path, job.input.shifted), strict=True)),
        sources=shifts,
    ),
    ScanSettings.model_validate(job.settings["scan"]),
    spectra=job.settings["spectra"],
    scored_share=job.settings["scored_share"],
    data_luminosity=sum_luminosity(
        dict(job.settings["data_luminosities"]), map(Path, job.input.data_weights)
    ),
)
job.finish()
