"""The sample sheet: one row a sample."""

import csv
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PositiveFloat, PositiveInt, model_validator

from rapidmass.config.base import Section

Role = Literal["background", "signal", "data"]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]
SUM_OF_WEIGHTS = re.compile(r"^(sum:[^:]+:[^:]+|branch:[^:]+)$")
PSEUDO_DATA = "pseudo_data"


def _split_list(value: Any) -> Any:  # noqa: ANN401
    return value.split() if isinstance(value, str) else value


def _read_number(value: Any) -> Any:  # noqa: ANN401
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


class SampleWeights(Section):
    """What the weight of a simulated sample is made of; all absent for data."""

    cross_section: PositiveFloat | None = Field(
        None, description="Cross section times branching fractions, in pb. Not for data."
    )
    k_factor: PositiveFloat = Field(1.0, description="Ratio to the best known cross section.")
    filter_efficiency: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0, description="Efficiency of the generator's filter."
    )
    sum_of_weights: Annotated[float | str | None, BeforeValidator(_read_number)] = Field(
        None,
        description="Sum of the generator weights of all events before any selection: a number, "
        "`sum:<tree>:<branch>` (added over entries and files) or `branch:<branch>` (a constant in "
        "the events). Not for data.",
    )


class Sample(SampleWeights):
    """One row of the sample sheet. Empty cells take the default."""

    sample: Name = Field(description="Unique name; letters, digits and `_`.")
    channel: Name = Field(description="The channel that the sample belongs to.")
    role: Role = Field(description="`background`, `signal` or `data`.")
    format: Name = Field(description="Ntuple format: the name of a file in `ntuple_formats`.")
    files: Annotated[tuple[str, ...], BeforeValidator(_split_list)] = Field(
        (), description="ROOT files, separated by blanks; `*` and `?` are wildcards."
    )
    process: str | None = Field(
        None,
        description="Instead of files: what to generate, a name in `processes`, or `pseudo_data`: "
        "events drawn from the backgrounds.",
    )
    events: PositiveInt | None = Field(
        None, description="Events to generate, before `generator.scale`."
    )
    campaign: str = Field(description="Campaign of the simulation or data; a key of `campaigns`.")
    luminosity: PositiveFloat | None = Field(
        None,
        description="Integrated luminosity of a data sample in pb^-1; default: its campaign's.",
    )

    @property
    def is_data(self) -> bool:
        """Whether these are collision data (or stand for them)."""
        return self.role == "data"

    @model_validator(mode="after")
    def _check_row(self) -> "Sample":
        name = self.sample
        if name == "background":
            raise ValueError("no sample can be called background: scores use that name")
        if bool(self.files) == bool(self.process):
            raise ValueError(f"sample {name} needs either files or a process")
        if self.is_data:
            if self.cross_section is not None or self.sum_of_weights is not None:
                raise ValueError(f"data sample {name} has a cross section or a sum of weights")
            return self
        if self.process == PSEUDO_DATA:
            raise ValueError(f"sample {name}: pseudo_data is for the role data")
        if self.process and self.events is None:
            raise ValueError(f"sample {name} is to be generated: give the number of events")
        if self.cross_section is None or self.sum_of_weights is None:
            raise ValueError(f"simulated sample {name} needs a cross section and a sum of weights")
        weights = self.sum_of_weights
        if isinstance(weights, float) and not weights > 0:
            raise ValueError(f"sample {name} has the sum of weights {weights:g}: must be positive")
        if isinstance(weights, str) and not SUM_OF_WEIGHTS.match(weights):
            raise ValueError(
                f"sample {name}: sum of weights {weights!r} is neither a number, nor "
                "sum:<tree>:<branch>, nor branch:<branch>"
            )
        return self


def read_samples(path: Path) -> dict[str, dict[str, str]]:
    """Read the rows of a sample sheet, without judging their cells.

    Parameters
    ----------
    path
        Tab-separated, with one line of column names. Lines that start with `#` are comments.

    Returns
    -------
    dict
        For each sample, in the order of names, its non-empty cells.

    Raises
    ------
    ValueError
        If the file is absent, a name is missing or given twice, or a row has too many cells.
    """
    if not path.is_file():
        raise ValueError(f"there is no sample sheet {path}")
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    rows: dict[str, dict[str, str]] = {}
    for row in csv.DictReader(lines, delimiter="\t"):
        if None in row:
            raise ValueError(f"{path}: more cells than columns in the row {row['sample']!r}")
        cells = {key: value.strip() for key, value in row.items() if value and value.strip()}
        name = cells.get("sample")
        if name is None:
            raise ValueError(f"{path}: a row without a name in the column 'sample': {cells}")
        if name in rows:
            raise ValueError(f"{path}: sample {name} is listed twice")
        rows[name] = cells
    return dict(sorted(rows.items()))
