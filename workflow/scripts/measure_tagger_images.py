"""Measure what a tagger sees in images of jets."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.provenance.atomic_files import read_json
from rapidmass.scores.read import join_events
from rapidmass.studies.taggers.images import measure_tagger_images
from rapidmass.studies.taggers.read import read_tagger

job = start()
names = job.settings["signals"]
weights = [read_json(Path(path))["weight"] for path in job.input.weights]
paths = map(Path, job.input.signals)
scores = read_tagger(
    Path(job.input.background),
    {s: (path, weight) for s, path, weight in zip(names, paths, weights, strict=True)},
    job.settings["column"],
    luminosity=job.settings["luminosity"],
    scored_share=job.settings["scored_share"],
    variable=job.settings["variable"],
)
shards = iter(job.input.shards)
signals = {
    signal: (scores.signals[signal], [Path(path) for path in islice(shards, parts)])
    for signal, parts in zip(names, job.settings["signal_parts"], strict=True)
}
measured = measure_tagger_images(
    Path(job.input.model),
    (join_events(list(scores.iterate())), [Path(path) for path in job.input.jets]),
    signals,
    job.settings["shown"],
)
job.write_json(Path(job.output[0]), measured)
job.finish()
