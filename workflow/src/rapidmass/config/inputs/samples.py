"""The sample sheet: one row a sample."""

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PositiveFloat, model_validator

from rapidmass.config.base import Count, Luminosity, Section
from rapidmass.config.inputs.expression import ExpressionText
from rapidmass.config.inputs.sheet import split_files
from rapidmass.config.inputs.sums_of_weights import StoredSum
from rapidmass.config.names import Name
from rapidmass.provenance.addresses import ADDRESSES, is_address, redact_address

Role = Literal["background", "signal", "data", "prior"]
ADLER32 = re.compile(r"^[0-9a-f]{8}$")
PSEUDO_DATA = "pseudo_data"


def _is_pattern(file: str) -> bool:
    # names with sizes or checksums are taken as they are: [ ] are in some
    return not is_address(file) and any(sign in file for sign in "*?")


def _split_names(value: Any) -> Any:  # noqa: ANN401
    return split_files(value) if isinstance(value, str) else value


def _split_list(value: Any) -> Any:  # noqa: ANN401
    return value.split() if isinstance(value, str) else value


def _read_number(value: Any) -> Any:  # noqa: ANN401
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


class SampleWeights(Section):
    """What the weight of a simulated sample is made of; all absent for data."""

    cross_section: Annotated[
        Annotated[float, Field(gt=0, allow_inf_nan=False)] | Literal["file"] | None,
        BeforeValidator(_read_number),
    ] = Field(
        None,
        description="Cross section times branching fractions, in pb; or `file`: the constants in "
        "the files that the ntuple format calls `in_file`, k-factor and filter efficiency "
        "included. Not for data.",
    )
    k_factor: PositiveFloat = Field(
        1.0, description="Ratio to the best known cross section.", allow_inf_nan=False
    )
    filter_efficiency: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0, description="Efficiency of the generator's filter."
    )
    factor: PositiveFloat = Field(
        1.0,
        description="Any further factor, such as a branching fraction that is missing.",
        allow_inf_nan=False,
    )
    sum_of_weights: Annotated[float | str | None, BeforeValidator(_read_number)] = Field(
        None,
        description="Sum of the generator weights of all events before any selection: a number, "
        "`sum:<tree>:<branch>` (added over entries and files; a branch of numbers, or "
        "of lists of one), `histogram:<name>:<bin>` (the "
        "content of a bin, by number from 1 or by label, added over files), `branch:<branch>` (a "
        "constant in the events) or `file` (the constant that the ntuple format calls `in_file`). "
        "Not for data.",
    )
    constants: Literal["check", "sheet"] = Field(
        "check",
        description="Whether numbers of this sheet must agree with those in the files, where the "
        "ntuple format says which these are (`check`), or the files are known to be wrong "
        "(`sheet`).",
    )


class Sample(SampleWeights):
    """One row of the sample sheet. Empty cells take the default."""

    sample: Name = Field(description="Unique name; letters, digits and `_`.")
    channel: Name = Field(description="The channel that the sample belongs to.")
    role: Role = Field(
        description="`background`, `signal`, `data`, or `prior`: events that classifiers learn to "
        "tell from the background, and that are searched for nowhere."
    )
    format: Name = Field(description="Ntuple format: the name of a file in `ntuple_formats`.")
    files: Annotated[tuple[str, ...], BeforeValidator(_split_names)] = Field(
        (),
        description="ROOT files, separated by blanks: paths, or addresses that begin with "
        "`https://`, `http://`, `root://` or `s3://`. A name with a blank stands in quotation "
        "marks. A path that exists is that file; in others `*`, `?` and `[ ]` are wildcards. "
        "Passwords and tokens in addresses are shown and recorded nowhere; a new one makes nothing "
        "run again.",
    )
    adler32: Annotated[tuple[str, ...], BeforeValidator(_split_list)] = Field(
        (), description="Adler-32 checksums of the files, eight hexadecimal digits each, in order."
    )
    size: Annotated[
        tuple[Annotated[int, Field(gt=0, le=2**60)], ...], BeforeValidator(_split_list)
    ] = Field((), description="Sizes of the files in bytes, in order.")
    require: ExpressionText | None = Field(
        None,
        description="Which events of the sample count, over the names of the ntuple format: to "
        "remove what another sample describes. Others are the first step of the cutflow.",
    )
    replaces: Annotated[tuple[Name, ...], BeforeValidator(_split_list)] = Field(
        (),
        description="Samples that describe the same events, such as slices of an inclusive one. "
        "No selection may use them beside it.",
    )
    process: str | None = Field(
        None,
        description="Instead of files: what to generate, a name in `processes`, or `pseudo_data`: "
        "events drawn from the backgrounds.",
    )
    events: Count | None = Field(None, description="Events to generate, before `generator.scale`.")
    campaign: Annotated[tuple[str, ...], BeforeValidator(_split_list)] = Field(
        description="Campaigns of the simulation or the campaign of data, separated by blanks; "
        "keys of `campaigns`.",
        min_length=1,
    )
    simulates: Name | None = Field(
        None,
        description="What is simulated, if it has a row for each campaign: such rows must cover "
        "all campaigns together. Without it the rows of a channel must, as a whole.",
    )
    certified: str | None = Field(
        None,
        description="Of data: JSON file with the luminosity sections that are certified, "
        '`{"run": [[first, last], ...], ...}`. Events of others are left out, as a step of the '
        "cutflow; `identity.section` of the ntuple format finds the section of an event. The "
        "luminosity must be that of the certified sections.",
    )
    luminosity: Luminosity | None = Field(
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
        if self.files and self.events is not None:
            raise ValueError(
                f"sample {name} has files, of which all events are read: leave 'events' empty"
            )
        self._check_files()
        if self.is_data:
            self._check_data()
        else:
            self._check_simulation()
        return self

    def _check_data(self) -> None:
        name = self.sample
        if len(self.campaign) > 1:
            raise ValueError(f"data sample {name} has several campaigns: make a row of each")
        if self.cross_section is not None or self.sum_of_weights is not None:
            raise ValueError(f"data sample {name} has a cross section or a sum of weights")
        if (self.k_factor, self.filter_efficiency, self.factor) != (1, 1, 1):
            raise ValueError(
                f"data sample {name} has a k_factor, filter_efficiency or factor, and events of "
                "data have weight 1: leave these columns empty"
            )

    def _check_simulation(self) -> None:
        name = self.sample
        if self.certified is not None:
            raise ValueError(f"simulated sample {name} has certified sections: these are of data")
        if self.process == PSEUDO_DATA:
            raise ValueError(f"sample {name}: pseudo_data is for the role data")
        if self.luminosity is not None:
            raise ValueError(
                f"sample {name} has a luminosity, which only data have: simulation is weighted to "
                "that of its campaigns; leave the column empty"
            )
        if self.process and self.events is None:
            raise ValueError(f"sample {name} is to be generated: give the number of events")
        if self.cross_section is None or self.sum_of_weights is None:
            raise ValueError(f"simulated sample {name} needs a cross section and a sum of weights")
        if self.cross_section == "file" and (self.k_factor, self.filter_efficiency) != (1, 1):
            raise ValueError(
                f"sample {name}: the cross section of the files includes k-factor and filter "
                "efficiency: leave these columns empty, or give what is missing as 'factor'"
            )
        weights = self.sum_of_weights
        if isinstance(weights, float) and not weights > 0:
            raise ValueError(f"sample {name} has the sum of weights {weights:g}: must be positive")
        if isinstance(weights, str):
            try:
                StoredSum.parse(weights)
            except ValueError as error:
                raise ValueError(f"sample {name}: {error}") from None

    def _check_files(self) -> None:
        for file in self.files:
            where = f"sample {self.sample}: {redact_address(file)}"
            if "://" in file and not is_address(file):
                raise ValueError(
                    f"{where} is no address that can be read; they begin with "
                    f"{', '.join(ADDRESSES)}"
                )
            if is_address(file) and "*" in file:
                raise ValueError(f"{where} is an address with a wildcard: list the files")
        for column, entries in (("adler32", self.adler32), ("size", self.size)):
            if not entries:
                continue
            if len(entries) != len(self.files) or any(map(_is_pattern, self.files)):
                raise ValueError(
                    f"sample {self.sample} has {len(entries)} entries in the column {column!r} "
                    f"for {len(self.files)} files: give one for each, without wildcards"
                )
        wrong = [digits for digits in self.adler32 if not ADLER32.match(digits)]
        if wrong:
            raise ValueError(
                f"sample {self.sample}: {wrong[0]!r} is no Adler-32 checksum of 8 digits"
            )
