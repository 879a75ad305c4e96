"""What follows from the configuration for samples and their files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from jobs.origins import Origin, list_origins, refuse_shared_files
from jobs.paths import FETCHED, fill, find_beside
from jobs.shifts import list_shifts
from rapidmass.config.consistency import Analysis
from rapidmass.config.inputs.samples import PSEUDO_DATA, Sample
from rapidmass.config.root import Config
from rapidmass.config.search.selection import Selection
from rapidmass.config.search.variables import keep_variables
from rapidmass.provenance.addresses import is_address

ROLES = ("background", "signal", "data")


@dataclass(frozen=True)
class Samples:
    """The configuration, and what follows from it for samples and their files.

    Parameters
    ----------
    analysis
        The validated configuration with the files that it names.
    checkout, origin
        Where this project lies, and what to call the configuration.
    """

    analysis: Analysis
    checkout: Path
    origin: str

    @property
    def config(self) -> Config:
        """The configuration file."""
        return self.analysis.config

    @property
    def samples(self) -> Mapping[str, Sample]:
        """Rows of the sample sheet."""
        return self.analysis.samples

    @property
    def selections(self) -> Mapping[str, Selection]:
        """Selections, by name."""
        return self.config.selections

    def list_selected(self, selection: str, roles: Sequence[str] = ROLES) -> list[str]:
        """List the samples of some roles that take part in a selection."""
        chosen = self.selections[selection]
        channels = self.analysis.list_backgrounds(selection).values()
        groups = {
            "background": [sample for samples in channels for sample in samples],
            "signal": list(chosen.signals),
            "data": list(chosen.data),
        }
        return [sample for role in roles for sample in groups[role]]

    @cached_property
    def find_definitions(self) -> Callable[[str, str, str], dict[str, str]]:
        """Definitions of event variables, by selection, ntuple format and representation."""
        return cache(lambda a, b, c: keep_variables(self.config, a, self.analysis.formats[b], c))

    @cached_property
    def used(self) -> list[str]:
        """Samples that some selection uses; the files of others need not be there."""
        found = [sample for name in self.selections for sample in self.list_selected(name)]
        told = [name for one in self.config.architectures.values() for name in one.priors]
        return list(dict.fromkeys([*found, *told]))

    @property
    def signals(self) -> list[str]:
        """All samples of signals."""
        return [name for name, sample in self.samples.items() if sample.role == "signal"]

    @property
    def data(self) -> list[str]:
        """All samples of data."""
        return [name for name, sample in self.samples.items() if sample.is_data]

    @property
    def generated(self) -> list[str]:
        """Samples that the workflow makes by itself."""
        own = (None, PSEUDO_DATA)
        return [name for name, sample in self.samples.items() if sample.process not in own]

    @property
    def drawn(self) -> list[str]:
        """Samples that are drawn from generated ones."""
        return [name for name, s in self.samples.items() if s.process == PSEUDO_DATA]

    @cached_property
    def origins(self) -> dict[str, dict[str, Origin]]:
        """Files of samples by part: where each comes from."""
        origins = {name: list_origins(self.config, self.samples[name]) for name in self.used}
        for selection in self.selections:
            samples = [self.samples[name] for name in self.list_selected(selection)]
            refuse_shared_files(selection, samples, origins)
        return origins

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Bytes of the files of samples, as far as they are known."""
        return {
            sample: sum(origin["bytes"] for origin in origins.values())
            for sample, origins in self.origins.items()
        }

    @property
    def fetch_folder(self) -> str:
        """Folder of whole copies of files on servers. Without a cache nothing is copied there."""
        return str(self.config.files.cache or "resources/fetched")

    @cached_property
    def parts(self) -> dict[str, dict[str, str]]:
        """Files of samples by part: what a job reads, an address where nothing keeps copies."""
        return {
            sample: {
                part: self._place_file(sample, part, origin["location"])
                for part, origin in origins.items()
            }
            for sample, origins in self.origins.items()
        }

    def _place_file(self, sample: str, part: str, location: str) -> str:
        if is_address(location) and self.config.files.cache is not None:
            return fill(FETCHED, folder=self.fetch_folder, sample=sample, part=part)
        return location

    @property
    def fetched(self) -> list[str]:
        """Samples with files that are copied from a server before they are read."""
        return [
            name
            for name, origins in self.origins.items()
            if self.config.files.cache is not None
            and any(is_address(origin["location"]) for origin in origins.values())
        ]

    def count_parts(self, samples: Sequence[str]) -> list[int]:
        """Count the files of samples."""
        return [len(self.parts[name]) for name in samples]

    @cached_property
    def shifts(self) -> dict[str, str]:
        """Systematic variations: what is uncertain, by name."""
        return list_shifts(self.analysis)

    @cached_property
    def shifted(self) -> dict[str, dict[str, list[str]]]:
        """Simulated samples that each variation changes, by selection and variation."""
        found = {}
        for selection in self.selections:
            samples = self.list_selected(selection, ("background", "signal"))
            changed = {s: [n for n in samples if self.knows_shift(n, s)] for s in self.shifts}
            found[selection] = {shift: names for shift, names in changed.items() if names}
        return found

    def knows_shift(self, sample: str, shift: str) -> bool:
        """Tell whether a variation changes a sample."""
        return shift in self.analysis.formats[self.samples[sample].format].shifts

    def find_beside(self, path: str) -> str:
        """Find a path of the configuration: from the working folder, else from the checkout."""
        return find_beside(path, self.checkout)
