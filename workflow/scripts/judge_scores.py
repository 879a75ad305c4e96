"""Judge scores without signals, and measure what they know beyond MET."""

from pathlib import Path

from _job import start
from rapidmass.scores.read import (
    ScoredEvents,
    check_same_events,
    read_background,
    read_signal,
)
from rapidmass.storage.event_keys import derive_seed
from rapidmass.studies.sensitivity.beyond_met import measure_beyond_met, measure_shapes
from rapidmass.studies.sensitivity.following import measure_following
from rapidmass.studies.sensitivity.without_signals import (
    draw_tilts,
    measure_channels,
    measure_tilts,
)

job = start()
settings = job.settings
floor = settings["floor"]
seed = derive_seed(settings["seed"], "sensitivity", "tilts")


def read(path: Path, column: str) -> ScoredEvents:
    """Read a score of the background."""
    return read_background(
        path,
        luminosity=settings["luminosity"],
        scored_share=settings["scored_share"],
        column=column,
    ).break_ties()


backgrounds = {
    name: (Path(path), column)
    for (name, column), path in zip(settings["scorers"], job.input.backgrounds, strict=True)
}
paths, found = iter(job.input.signals), {}
for name, (path, column) in backgrounds.items():
    background = read(path, column)
    # within one signal the weight of a sample is one factor: shares need none of it
    signals = {
        signal: read_signal(
            Path(next(paths)), signal, weight=1.0, luminosity=1.0, column=column, variables=["met"]
        ).break_ties()
        for signal in settings["signals"]
    }
    tilts = draw_tilts(background, settings["tilts"], floor=floor, seed=seed)
    original, following = settings["followed"].get(name), None
    if original is not None:
        other = read(*backgrounds[original])
        files = {name: path, original: backgrounds[original][0]}
        check_same_events({name: background, original: other}, files)
        following = measure_following(background, other)
    found[name] = {
        "tilts": measure_tilts(background, tilts, floor=floor),
        "channels": measure_channels(background, settings["channels"], floor=floor),
        "beyond_met": measure_beyond_met(background, signals, floor=floor),
        "shapes": measure_shapes(background),
        "following": following,
    }
job.write_json(Path(job.output[0]), {"scores": found})
job.finish()
