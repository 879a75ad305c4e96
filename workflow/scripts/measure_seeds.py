"""Measure how the results of a network spread over its replicas."""

from pathlib import Path

from _job import start
from rapidmass.config.search.scan import ScanSettings
from rapidmass.provenance.atomic_files import read_json
from rapidmass.studies.seeds.measure import Replica, measure_seeds

job = start()
names = job.settings["signals"]
signals = [Path(path) for path in job.input.signals]
step = len(names)
replicas = [
    Replica(Path(path), dict(zip(names, signals[k * step : (k + 1) * step], strict=True)))
    for k, path in enumerate(job.input.backgrounds)
]
weights = {
    name: read_json(Path(path))["weight"]
    for name, path in zip(names, job.input.weights, strict=True)
}
measured = {
    scorer: measure_seeds(
        replicas,
        column,
        weights,
        ScanSettings.model_validate(job.settings["scan"]),
        luminosity=job.settings["luminosity"],
        scored_share=job.settings["scored_share"],
        folder=Path(job.output[0]).parent,
    )
    for scorer, column in job.settings["scorers"]
}
job.write_json(Path(job.output[0]), {"scorers": measured})
job.finish()
