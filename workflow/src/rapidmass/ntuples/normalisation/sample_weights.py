"""From cross sections and sums of weights to the weight of a sample's events."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapidmass.config.inputs.constants import CROSS_SECTION, IN_FILE, SUM_OF_WEIGHTS, list_constants
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.samples import SampleWeights
from rapidmass.config.inputs.sums_of_weights import StoredSum
from rapidmass.ntuples.access.sources import Source
from rapidmass.ntuples.access.trees import refuse_treeless
from rapidmass.ntuples.normalisation.constants import read_constant_branch, read_constants
from rapidmass.ntuples.normalisation.sums_of_weights import add_up_stored
from rapidmass.ntuples.quality.quarantine_record import QuarantineRecord

logger = logging.getLogger(__name__)

TOLERANCE = 1e-3  # relative, between a number of the sample sheet and the same one in files
# pb of an event of generator weight 1: far beyond what is computed with
SMALLEST, LARGEST = 1e-60, 1e40
SHEET = "sheet"
# what constants can tell, and what messages call it
NAMES = {
    "cross_section": "cross section times k-factor and filter efficiency",
    SUM_OF_WEIGHTS: "sum of weights",
}


@dataclass(frozen=True)
class Normalisation:
    """What the weight of an event of a sample is made of.

    Parameters
    ----------
    sample
        Name of the sample.
    sum_of_weights
        Sum of generator weights before any selection; 1 for data.
    cross_section
        Cross section x k-factor x filter efficiency x any further factor in pb; 1 for data.
    weight
        What generator weight x scale factors is multiplied with to give the event's share of the
        cross section in pb. Times the luminosity, it is the number of events that it stands for.
    kept
        Share of the events that stays after quarantine. For simulation the weight makes up for it;
        the luminosity of data is to be multiplied with it.
    origins
        Where `cross_section` and `sum_of_weights` come from: `sheet`, `file`, or what the column
        `sum_of_weights` says. Empty for data.
    in_files
        The same two, without further factor, as constants in the files hold them: those that were
        read. Where the origin is the sheet, they agree with it.
    """

    sample: str
    sum_of_weights: float
    cross_section: float
    weight: float
    kept: float = 1.0
    origins: Mapping[str, str] = field(default_factory=dict)
    in_files: Mapping[str, float] = field(default_factory=dict)


def normalise_sample(
    name: str,
    weights: SampleWeights,
    *,
    sources: Mapping[str, Source],
    settings: NtupleFormat,
    luminosity_share: float,
    quarantine: QuarantineRecord | None = None,
) -> Normalisation:
    """Compute the weight of a sample's events.

    Parameters
    ----------
    name
        Name of the sample.
    weights
        Its cross section and sum of weights; without a cross section these are data.
    sources
        Its files by part; opened only where `rapidmass.config.inputs.constants.needs_files`.
    settings
        Their format.
    luminosity_share
        Luminosity of the sample's campaigns over that of all campaigns, so that campaigns with
        samples of their own add up.
    quarantine
        What is left out of the sample; None: nothing.

    Returns
    -------
    Normalisation
        Without the luminosity itself: a weight in pb.

    Raises
    ------
    ValueError
        If a number cannot be read, is not positive, or differs from that of the sample sheet; the
        weight is beyond reason; or nothing of the sample is left.
    """
    quarantine = quarantine or QuarantineRecord()
    if quarantine.kept == 0:
        raise ValueError(f"sample {name}: every file is left out, or every event: it is of no use")
    if weights.cross_section is None:
        return Normalisation(name, 1.0, 1.0, 1.0, kept=quarantine.kept)
    used = [source for part, source in sources.items() if part not in quarantine.left_out]
    try:
        sheet, in_files = _list_numbers(weights), _read_in_files(weights, used, settings)
        _check_agreement(sheet, in_files)
        known = {**in_files, **sheet}
        where = weights.sum_of_weights
        stored = StoredSum.parse(where) if isinstance(where, str) else None
        if stored is not None:
            found = _find_sum(stored, used, settings, quarantine)
            known |= {} if found is None else {SUM_OF_WEIGHTS: found}
        origins = {
            "cross_section": SHEET if "cross_section" in sheet else IN_FILE,
            SUM_OF_WEIGHTS: SHEET if SUM_OF_WEIGHTS in sheet else str(where),
        }
        _check_known(known, origins)
    except ValueError as error:
        raise ValueError(f"sample {name}: {error}") from error
    cross_section, total = known["cross_section"] * weights.factor, known[SUM_OF_WEIGHTS]
    kept = _choose_share(stored, quarantine)
    logger.info("%s: %g pb, sum of weights %g, %g of it used", name, cross_section, total, kept)
    weight = cross_section * luminosity_share / (total * kept)
    if not SMALLEST <= weight <= LARGEST:
        raise ValueError(
            f"sample {name}: an event of generator weight 1 would stand for {weight:g} pb, not "
            f"within {SMALLEST:g} and {LARGEST:g}: correct the columns 'cross_section', "
            "'factor' or 'sum_of_weights' of the sample sheet"
        )
    return Normalisation(
        name,
        total,
        cross_section,
        weight=weight,
        kept=kept,
        origins=origins,
        in_files=in_files,
    )


def _list_numbers(weights: SampleWeights) -> dict[str, float]:
    """List the numbers that the sheet gives, as constants in files give them."""
    numbers = {}
    if isinstance(weights.cross_section, float):
        product = weights.cross_section * weights.k_factor * weights.filter_efficiency
        numbers["cross_section"] = product
    if isinstance(weights.sum_of_weights, float):
        numbers[SUM_OF_WEIGHTS] = weights.sum_of_weights
    return numbers


def _read_in_files(
    weights: SampleWeights, sources: Sequence[Source], settings: NtupleFormat
) -> dict[str, float]:
    texts = list_constants(weights, settings.in_file)
    found = read_constants(sources, settings, texts) if texts else {}
    if "cross_section" in found:
        found["cross_section"] = math.prod(found.pop(key) for key in CROSS_SECTION)
    return {key: found[key] for key in NAMES if key in found}


def _check_agreement(sheet: Mapping[str, float], in_files: Mapping[str, float]) -> None:
    differing = [
        f"the {NAMES[key]} is {sheet[key]:.6g} in the sample sheet, but {number:.6g} in the files"
        for key, number in in_files.items()
        if key in sheet and not math.isclose(sheet[key], number, rel_tol=TOLERANCE)
    ]
    if differing:
        raise ValueError(
            f"{'; '.join(differing)}. Correct the sample sheet; or, if the files are wrong, put "
            "'sheet' into its column 'constants'"
        )


def _find_sum(
    stored: StoredSum,
    sources: Sequence[Source],
    settings: NtupleFormat,
    quarantine: QuarantineRecord,
) -> float | None:
    """Read the sum of weights where it is; None if it is known already, or there is no event."""
    if stored.kind == "branch":
        return read_constant_branch(sources, settings, *stored.names)
    if not stored.is_added:
        return None
    if quarantine.sum_of_weights is not None:
        return quarantine.sum_of_weights
    refuse_treeless(sources, settings)
    return add_up_stored(stored, sources, settings)


def _choose_share(stored: StoredSum | None, quarantine: QuarantineRecord) -> float:
    """Tell which share of the events stays of those that the sum of weights is of."""
    if stored is None or not stored.is_added:
        return quarantine.kept
    # a sum over files lacks those that are left out; one over the events, single ones as well
    return quarantine.kept_of_used if quarantine.sum_of_weights is None else 1.0


def _check_known(known: Mapping[str, float], origins: Mapping[str, str]) -> None:
    for key, origin in origins.items():
        name = key.replace("_", " ")
        if key not in known:
            raise ValueError(f"no file holds an event to read the {name} from: give a number")
        if not (math.isfinite(known[key]) and known[key] > 0):
            raise ValueError(
                f"the {name} ({origin}) is {known[key]:g}; it must be positive: correct the "
                f"column {key!r} of the sample sheet"
            )
