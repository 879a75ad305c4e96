"""Compare the trainings of a network on other numbers of megasets."""

from pathlib import Path

from _job import start
from rapidmass.provenance.atomic_files import read_json
from rapidmass.studies.megaset_number.measure import TrainedOn, compare_numbers

job = start()
names = job.settings["signals"]
step = len(names)
signals = [Path(path) for path in job.input.signals]
trained = {
    number: TrainedOn(
        Path(job.input.histories[k]),
        Path(job.input.backgrounds[k]),
        dict(zip(names, signals[k * step : (k + 1) * step], strict=True)),
    )
    for k, number in enumerate(job.settings["numbers"])
}
compared = compare_numbers(
    trained,
    job.settings["column"],
    {
        name: read_json(Path(path))["weight"]
        for name, path in zip(names, job.input.weights, strict=True)
    },
    batch_size=job.settings["batch_size"],
    luminosity=job.settings["luminosity"],
    scored_share=job.settings["scored_share"],
    minimum_effective_events=job.settings["minimum_effective_events"],
    folder=Path(job.output[0]).parent,
)
job.write_json(Path(job.output[0]), compared)
job.finish()
