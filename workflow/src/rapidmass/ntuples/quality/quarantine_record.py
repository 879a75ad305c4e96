"""What was found of the files of a sample: which of them count, and what to correct for it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rapidmass.provenance.atomic_files import read_json


@dataclass(frozen=True)
class QuarantineRecord:
    """Which files of a sample are left out, and how much of it stays.

    Parameters
    ----------
    kept
        Share of the events of the sample that stays; an event that is in several files counts once.
    kept_of_used
        The same of the files that are not left out: 1 unless single events of them are.
    left_out
        Parts that are left out.
    sum_of_weights
        Of the events that stay, where it is a sum over the events themselves; None elsewhere.
    """

    kept: float = 1.0
    kept_of_used: float = 1.0
    left_out: frozenset[str] = frozenset()
    sum_of_weights: float | None = None

    @classmethod
    def read(cls, paths: Iterable[str | Path]) -> "QuarantineRecord":
        """Read what `rapidmass.ntuples.quality.quarantine.judge_files` found.

        Parameters
        ----------
        paths
            Its JSON file; nothing where bad files end the run, so that none is left out.

        Returns
        -------
        QuarantineRecord
            Of the sample.
        """
        for path in paths:
            content = read_json(Path(path))
            parts = content["parts"].items()
            left_out = frozenset(part for part, found in parts if found["left_out"] is not None)
            shares = content["kept"], content["kept_of_used"]
            return cls(*shares, left_out, content["sum_of_weights"])
        return cls()


def sum_luminosity(luminosities: Mapping[str, float], normalisations: Iterable[Path]) -> float:
    """Add up the luminosities of samples of data, corrected for events that were left out.

    Parameters
    ----------
    luminosities
        In pb^-1, by sample, as delivered.
    normalisations
        What `rapidmass.ntuples.normalisation.sample_weights` found of these samples, in their
        order; nothing where no events can be left out.

    Returns
    -------
    float
        In pb^-1.
    """
    kept = [float(read_json(path)["kept"]) for path in normalisations]
    shares = kept or [1.0] * len(luminosities)
    return sum(a * b for a, b in zip(luminosities.values(), shares, strict=True))
