"""Export a run: HEPData, ROOT histograms, workspaces, figures as PDF, networks with an example."""

import logging
from pathlib import Path

from _job import start
from rapidmass.results.export import export_results
from rapidmass.results.reading import open_results

job = start()
results = open_results(Path(job.input.first).parents[1])
for line in export_results(results, Path(job.output[0]), job.settings["title"]):
    logging.getLogger("rapidmass").info("%s/%s", job.output[0], line)
job.finish()
