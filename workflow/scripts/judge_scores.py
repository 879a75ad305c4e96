"""Judge scores without signals, and measure what they know beyond MET."""

from pathlib import Path

from _job import start
from rapidmass.scores.read import read_background, read_signal
from rapidmass.storage.event_keys import derive_seed
from rapidmass.studies.sensitivity.beyond_met import measure_beyond_met, measure_shapes
from rapidmass.studies.sensitivity.without_signals import (
    draw_tilts,
    measure_channels,
    measure_tilts,
)

job = start()
settings = job.settings
floor = settings["floor"]
seed = derive_seed(settings["seed"], "sensitivity", "tilts")
paths, found = iter(job.input.signals), {}
for (name, column), path in zip(settings["scorers"], job.input.backgrounds, strict=True):
    background = read_background(
        Path(path),
        luminosity=settings["luminosity"],
        scored_share=settings["scored_share"],
        column=column,
    ).break_ties()
    # within one signal the weight of a sample is one factor: shares need none of it
    signals = {
        signal: read_signal(
            Path(next(paths)), signal, weight=1.0, luminosity=1.0, column=column, variables=["met"]
        ).break_ties()
        for signal in settings["signals"]
    }
    tilts = draw_tilts(background, settings["tilts"], floor=floor, seed=seed)
    found[name] = {
        "tilts": measure_tilts(background, tilts, floor=floor),
        "channels": measure_channels(background, settings["channels"], floor=floor),
        "beyond_met": measure_beyond_met(background, signals, floor=floor),
        "shapes": measure_shapes(background),
    }
job.write_json(Path(job.output[0]), found)
job.finish()
