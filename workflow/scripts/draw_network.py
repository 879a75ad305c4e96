"""Draw the figures of one network."""

from pathlib import Path

from _job import start
from rapidmass.config.scan import ScanSettings
from rapidmass.figures.architecture import ArchitectureProducts, draw_architecture
from rapidmass.figures.style import Frame

job = start(snakemake)
frame = Frame.parse(job.settings["frame"])


def by_signal(paths: list[str]) -> dict[str, Path]:
    """Name the files that belong to the signals, in their order."""
    return dict(zip(frame.signals, map(Path, paths), strict=True))


draw_architecture(
    Path(snakemake.output[0]),
    frame,
    ArchitectureProducts(
        history=Path(snakemake.input.history),
        background=Path(snakemake.input.background),
        signals=by_signal(snakemake.input.signals),
        normalisations=by_signal(snakemake.input.weights),
        scans=by_signal(snakemake.input.scans),
        data=[Path(path) for path in snakemake.input.data],
    ),
    ScanSettings.model_validate(job.settings["scan"]),
    spectra=job.settings["spectra"],
    test_fraction=job.settings["test_fraction"],
    data_luminosity=job.settings["data_luminosity"],
)
job.finish()
