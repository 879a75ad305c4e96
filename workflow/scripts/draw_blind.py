"""Draw and describe the blind test of a selection."""

from dataclasses import replace
from pathlib import Path

from _job import start
from rapidmass.config.studies.blind_test import BlindTest, Consent, Unblinding
from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import write_section
from rapidmass.studies.blind_test.figures import draw_answer, draw_mixture, draw_unmixed
from rapidmass.studies.blind_test.section import BlindProducts, describe_blind_test, name_figure

UNITS = {"met": "GeV", "ht": "GeV"}

job = start(snakemake)
folder = Path(snakemake.output[0])
frame = Frame.parse(job.settings["frame"])
decision, consent = job.settings["unblinding"], job.settings["consent"]
scorers = list(job.settings["scorers"])
results = {
    scorer: read_json(Path(path))
    for (scorer, _), path in zip(scorers, snakemake.input.results, strict=True)
}
luminosity = sum_luminosity(
    dict(job.settings["data_luminosities"]), map(Path, snakemake.input.data_weights)
)
drawings = {"mixture": draw_mixture}
if decision is not None:
    drawings |= {"answer": draw_answer, "unmixed": draw_unmixed}
for scorer, scorer_kind in scorers:
    for kind, draw in drawings.items():
        draw(
            replace(frame, architecture=scorer),
            results[scorer],
            folder / name_figure(kind, scorer),
            luminosity=luminosity,
            unit=UNITS.get(scorer_kind, ""),
        )
products = BlindProducts(
    results=results,
    settings=BlindTest.model_validate(job.settings["blind_test"]),
    unblinding=None if decision is None else Unblinding.model_validate(decision),
    consent=None if consent is None else Consent.model_validate(consent),
    signals=job.settings["signals"],
    data=job.settings["data"],
    pseudo_data=job.settings["pseudo_data"],
)
write_section(folder, describe_blind_test(folder, products))
job.finish()
