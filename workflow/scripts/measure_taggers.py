"""Measure what taggers reject."""

from pathlib import Path

from _job import start
from rapidmass.provenance.atomic_files import read_json
from rapidmass.scores.alike import check_same_keys
from rapidmass.studies.taggers.measure import measure_taggers
from rapidmass.studies.taggers.read import read_tagger
from rapidmass.studies.taggers.rejection import Task

job = start()
task = Task(**job.settings["task"], floor=job.settings["floor"])
names = job.settings["signals"]
weights = [read_json(Path(path))["weight"] for path in job.input.weights]
check_same_keys([Path(path) for path in job.input.backgrounds])
backgrounds, signals = iter(job.input.backgrounds), iter(job.input.signals)
found = {
    name: [
        read_tagger(
            Path(next(backgrounds)),
            {s: (Path(next(signals)), weight) for s, weight in zip(names, weights, strict=True)},
            column,
            luminosity=job.settings["luminosity"],
            scored_share=job.settings["scored_share"],
            variable=task.variable,
        )
        for _ in range(trainings)
    ]
    for name, column, trainings in job.settings["taggers"]
}
output = Path(job.output[0])
job.write_json(output, measure_taggers(found, job.settings["channels"], task, output.parent))
job.finish()
