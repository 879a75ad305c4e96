"""Write the report."""

from itertools import islice
from pathlib import Path
from typing import Any

from _job import start
from rapidmass.config.ntuple import NtupleFormat
from rapidmass.config.sample import Sample
from rapidmass.config.scan import ScanSettings
from rapidmass.config.selection import Selection, Split
from rapidmass.provenance import list_versions
from rapidmass.report import NetworkProducts, RunProducts, SelectionProducts, write_report

PACKAGES = ("awkward", "hist", "matplotlib", "mplhep", "numba", "numpy", "pyarrow", "uproot")

job = start(snakemake)
settings = job.settings
names = settings["architectures"]
inputs = {
    key: map(Path, paths)
    for key, paths in snakemake.input.items()
    if key not in ("template", "checked")
}


def take_network(name: str, signals: list[str]) -> NetworkProducts:
    """Take the products of the next network from the inputs."""
    return NetworkProducts(
        name=name,
        card=next(inputs["cards"]),
        scans={signal: next(inputs["scans"]) for signal in signals},
        figures=next(inputs["figures"]),
    )


def take_selection(block: dict[str, Any]) -> SelectionProducts:
    """Take the products of the next selection from the inputs."""
    name, samples = block.pop("name"), block.pop("samples")
    selection = Selection.model_validate(block)
    return SelectionProducts(
        name=name,
        settings=selection,
        cutflows={sample: list(islice(inputs["cutflows"], parts)) for sample, parts in samples},
        composition=next(inputs["compositions"]),
        figures=next(inputs["matrices"]),
        networks=[take_network(name, selection.signals) for name in names],
    )


split = Split.model_validate(settings["split"])
samples = [Sample.model_validate(row) for row in settings["samples"]]
write_report(
    Path(snakemake.output[0]),
    RunProducts(
        title=settings["title"],
        seed=settings["seed"],
        luminosity=settings["luminosity"],
        sqrt_s=settings["sqrt_s"],
        test_fraction=split.test_fraction,
        validation_fraction=split.validation_fraction,
        samples={sample.sample: sample for sample in samples},
        normalisations={sample.sample: next(inputs["weights"]) for sample in samples},
        formats={
            name: NtupleFormat.model_validate(block) for name, block in settings["formats"].items()
        },
        scan=ScanSettings.model_validate(settings["scan"]),
        versions=list_versions(PACKAGES),
        selections=[take_selection(block) for block in settings["selections"]],
    ),
)
job.finish()
