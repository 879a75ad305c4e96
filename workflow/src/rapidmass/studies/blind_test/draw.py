"""Draw and describe the blind test of a selection."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidmass.config.studies.blind_test import BlindTest, Consent, Unblinding
from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.blind_test.figures import draw_answer, draw_mixture, draw_unmixed
from rapidmass.studies.blind_test.section import describe_blind_test, name_figure
from rapidmass.studies.blind_test.tables import BlindProducts

UNITS = {"met": "GeV", "ht": "GeV"}


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    decision, consent = settings["unblinding"], settings["consent"]
    scorers = list(settings["scorers"])
    results = {
        scorer: read_json(path)
        for (scorer, _), path in zip(scorers, inputs["results"], strict=True)
    }
    luminosity = sum_luminosity(dict(settings["data_luminosities"]), inputs["data_weights"])
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
        settings=BlindTest.model_validate(settings["blind_test"]),
        unblinding=None if decision is None else Unblinding.model_validate(decision),
        consent=None if consent is None else Consent.model_validate(consent),
        signals=settings["signals"],
        data=settings["data"],
        pseudo_data=settings["pseudo_data"],
    )
    return describe_blind_test(folder, products)
