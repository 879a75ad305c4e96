"""Write the report."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

from _job import start
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.samples import PSEUDO_DATA, Sample
from rapidmass.config.search.scan import ScanSettings
from rapidmass.config.search.selection import Selection, Split
from rapidmass.config.search.unblinding import Unblinding
from rapidmass.provenance.requests import list_versions
from rapidmass.report.page import ReportFiles, write_report
from rapidmass.report.products import (
    NetworkProducts,
    RunProducts,
    ScorerProducts,
    SelectionProducts,
)

PACKAGES = ("awkward", "hist", "matplotlib", "mplhep", "numba", "numpy", "pyarrow", "uproot")

job = start()
settings = job.settings
names = settings["architectures"]
split = Split.model_validate(settings["split"])
inputs = {
    key: map(Path, paths) for key, paths in job.input.items() if key not in ("template", "checked")
}


def take_scorer(name: str, model: str, kind: str, signals: list[str]) -> ScorerProducts:
    """Take the products of the next score from the inputs."""
    scans = {signal: next(inputs["scans"]) for signal in signals}
    return ScorerProducts(name, model, kind, model not in names and kind != "combination", scans)


def take_network(name: str, scorers: list[ScorerProducts]) -> NetworkProducts:
    """Take the products of the next network from the inputs."""
    own = next(scorer for scorer in scorers if scorer.name == name)
    cards = list(islice(inputs["cards"], split.folds or 1))
    return NetworkProducts(name, cards, own.scans, next(inputs["figures"]))


def take_selection(block: dict[str, Any]) -> SelectionProducts:
    """Take the products of the next selection from the inputs."""
    name, samples = block.pop("name"), block.pop("samples")
    studies = block.pop("studies")
    selection = Selection.model_validate(block)
    scorers = [
        take_scorer(name, model, kind, selection.signals)
        for name, model, kind in settings["scorers"]
    ]
    return SelectionProducts(
        name=name,
        settings=selection,
        cutflows={sample: list(islice(inputs["cutflows"], parts)) for sample, parts in samples},
        composition=next(inputs["compositions"]),
        matrices={name: next(inputs["matrices"]) for name in settings["matrices"]},
        networks=[take_network(network, scorers) for network in names],
        scorers=scorers,
        sections=[next(inputs["sections"]) for _ in studies],
        losses=next(inputs["losses"], None),
        comparison=next(inputs["comparisons"]) if selection.signals else None,
    )


samples = [Sample.model_validate(row) for row in settings["samples"]]
decision = settings["unblinding"]
write_report(
    ReportFiles(*(Path(getattr(job.output, name)) for name in ReportFiles._fields)),
    RunProducts(
        title=settings["title"],
        seed=settings["seed"],
        luminosity=settings["luminosity"],
        sqrt_s=settings["sqrt_s"],
        split=split,
        samples={sample.sample: sample for sample in samples},
        unused=settings["unused"],
        normalisations={sample.sample: next(inputs["weights"]) for sample in samples},
        formats={
            name: NtupleFormat.model_validate(block) for name, block in settings["formats"].items()
        },
        scan=ScanSettings.model_validate(settings["scan"]),
        versions=list_versions(PACKAGES),
        start=json.loads(job.params.start.text),
        selections=[take_selection(block) for block in settings["selections"]],
        frozen=settings["frozen"],
        unblinding=decision and Unblinding.model_validate(decision),
        drawings={s.sample: next(inputs["drawings"]) for s in samples if s.process == PSEUDO_DATA},
        # of each sample, or of none
        quarantine_records={
            s.sample: path for s, path in zip(samples, inputs["quarantine_records"], strict=False)
        },
    ),
)
job.finish()
