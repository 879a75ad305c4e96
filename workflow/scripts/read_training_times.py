"""Read how long the trainings of a network took."""

from pathlib import Path

from _job import start
from rapidmass.studies.megaset_number.measure import read_times

job = start()
benchmarks = zip(job.settings["numbers"], job.params.benchmarks, strict=True)
times = read_times({number: Path(path) for number, path in benchmarks})
job.write_json(Path(job.output[0]), {"seconds": times})
job.finish()
