"""Measure what taggers reject."""

from pathlib import Path

from _job import start
from rapidmass.provenance.atomic_files import read_json
from rapidmass.scores.read import check_same_events, read_background, read_signal
from rapidmass.studies.taggers.measure import Tagger, Task, measure_taggers

job = start()
luminosity, variables = job.settings["luminosity"], [job.settings["task"]["variable"]]
weights = [read_json(Path(path))["weight"] for path in job.input.weights]
paths = iter(job.input.signals)
found = {}
for (name, column), path in zip(job.settings["taggers"], job.input.backgrounds, strict=True):
    background = read_background(
        Path(path),
        luminosity=luminosity,
        scored_share=job.settings["scored_share"],
        column=column,
        variables=variables,
    )
    signals = {
        signal: read_signal(
            Path(next(paths)),
            signal,
            weight=weight,
            luminosity=luminosity,
            column=column,
            variables=variables,
        ).break_ties()
        for signal, weight in zip(job.settings["signals"], weights, strict=True)
    }
    found[name] = Tagger(background.break_ties(), signals)
names = [name for name, _ in job.settings["taggers"]]
backgrounds = dict(zip(names, map(Path, job.input.backgrounds), strict=True))
check_same_events({name: found[name].background for name in names}, backgrounds)
task = Task(**job.settings["task"], floor=job.settings["floor"])
job.write_json(Path(job.output[0]), measure_taggers(found, job.settings["channels"], task))
job.finish()
