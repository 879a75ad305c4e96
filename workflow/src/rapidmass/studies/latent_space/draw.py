"""Draw and describe the latent spaces of all networks of one selection."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.latent_space.figures import draw_latent
from rapidmass.studies.latent_space.section import describe_latent


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    maps = {
        name: (pq.read_table(events), read_json(summary))
        for name, events, summary in zip(
            settings["networks"], inputs["events"], inputs["summaries"], strict=True
        )
    }
    factors = dict.fromkeys(frame.channels, frame.luminosity / settings["scored_share"])
    for signal, path in zip(frame.signals, inputs["weights"], strict=True):
        factors[signal] = frame.luminosity * read_json(path)["weight"]
    normal = settings["normal"]
    draw_latent(folder, frame, maps, factors, normal)
    return describe_latent(
        folder, frame, maps, factors, normal=normal, events=settings["latent_events"]
    )
