"""Draw pseudo-data from generated backgrounds."""

import logging
from pathlib import Path

from _job import start
from rapidmass.generator.pseudodata import PseudoDataSource, draw_pseudo_data
from rapidmass.storage.event_keys import derive_seed

job = start()
summary = draw_pseudo_data(
    [
        PseudoDataSource(sample=name, path=Path(path), cross_section=cross_section)
        for (name, cross_section), path in zip(job.settings["sources"], job.input, strict=True)
    ],
    sample=job.settings["sample"],
    luminosity=job.settings["data_luminosity"],
    min_signal_leptons=job.settings["min_signal_leptons"],
    seed=derive_seed(job.settings["seed"], "pseudo-data", job.settings["sample"]),
    output=Path(job.output.ntuple),
)
logging.getLogger("rapidmass").info("%s", summary)
job.write_json(Path(job.output.record), summary)
job.finish()
