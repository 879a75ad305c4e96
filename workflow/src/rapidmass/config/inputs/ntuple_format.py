"""Ntuple formats: one YAML file each, `config/ntuples/<format>.yaml`."""

from collections.abc import Mapping
from itertools import combinations
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from rapidmass.columnar.arithmetic import MOST_UNSIGNED
from rapidmass.columnar.event_variables import MISSING, STANDING
from rapidmass.columnar.expressions import Expression
from rapidmass.config.base import Section
from rapidmass.config.inputs.expression import (
    AttributeName,
    ExpressionText,
    VariableName,
    VariableText,
)
from rapidmass.config.inputs.flat import join_members
from rapidmass.config.names import Name

TEXT = {"type": "string"}
# the list is written as one expression before the format is checked
MemberText = Annotated[
    ExpressionText, WithJsonSchema({"anyOf": [TEXT, {"type": "array", "items": TEXT}]})
]
"""An expression, or a list with one for each member where members have branches of their own."""

MOST_FACTOR = 100.0  # that a variation puts on the weight of every event, or its inverse


class Kinematics(Section):
    """Expressions for the four-vectors of a collection of objects."""

    pt: MemberText = Field(description="Transverse momentum, in the energy unit of the file.")
    eta: MemberText = Field(description="Pseudorapidity.")
    phi: MemberText = Field(description="Azimuth in radians.")
    mass: MemberText = Field(description="Mass, in the energy unit of the file.")
    attributes: dict[AttributeName, MemberText] = Field(
        {},
        description="What event variables may take of its members besides, by name, as the file "
        "has it: `{charge: Electron_charge}`. Only what is used is read. Pairs need `charge`. "
        "Expressions of the format, such as `where` of objects, do not know these names.",
    )
    owner: ExpressionText | None = Field(
        None,
        description="With `rows`: which member of the collection of the rows each belongs to, by "
        "its number in the file, from 0; one below 0 belongs to none. Collections without it "
        "belong to all rows of their event.",
    )


class ObjectDefinition(Section):
    """Members of a collection that pass a requirement."""

    collection: str = Field(description="Name of the collection.")
    where: MemberText = Field(description="Requirement, one value per member of the collection.")


class MissingMomentum(Section):
    """Expressions for the missing transverse momentum."""

    pt: ExpressionText = Field(description="Magnitude, in the energy unit of the file.")
    phi: ExpressionText = Field(description="Azimuth in radians.")
    attributes: dict[AttributeName, ExpressionText] = Field(
        {},
        description="What event variables may take of it besides, by name, as the file has it. "
        "`significance` becomes `met_significance`.",
    )


class EventIdentity(Section):
    """Branches that name an event inside its sample."""

    run: ExpressionText = Field(description="Run number.")
    event: ExpressionText = Field(description="Event number.")
    dataset: ExpressionText = Field(
        "0",
        description="Number of the data set, where a sample holds several with equal run and "
        "event numbers.",
    )
    section: ExpressionText | None = Field(
        None,
        description="Number of the luminosity section (luminosity block) of an event of data, for "
        "lists of certified ones.",
    )


class EventWeights(Section):
    """Weights of a simulated event, without cross section or luminosity. Data have weight 1."""

    generator: ExpressionText = Field(
        description="Weight of the generator, summed into the normalisation."
    )
    scale_factors: ExpressionText = Field(
        "1", description="Product of the corrections to simulation."
    )


class InFile(Section):
    """Expressions that are constant in a file of simulation, and say how to normalise it."""

    cross_section: ExpressionText = Field(description="Cross section in pb.")
    k_factor: ExpressionText = Field("1", description="Ratio to the best known cross section.")
    filter_efficiency: ExpressionText = Field(
        "1", description="Efficiency of the generator's filter."
    )
    sum_of_weights: ExpressionText = Field(
        description="Sum of the generator weights before any selection, of the whole sample."
    )


class Shift(Section):
    """A systematic variation of simulation."""

    replace: dict[str, ExpressionText] = Field(
        {},
        description="Branches or aliases, and the expressions that stand in their place: "
        "`{jet_pt: jet_pt_jer1}`. In the expression the name means what it did before.",
    )
    weight: ExpressionText = Field(
        "1",
        description="Factor on the weight of an event; the selection stays as it is, and so does "
        "the nominal sum of weights: of scales or parton densities, the change of the whole cross "
        "section is part of the effect unless the factor takes it out.",
    )
    source: str | None = Field(
        None,
        description="What is uncertain. Of several shifts of one source, such as up and down, the "
        "larger counts; sources are added in quadrature. Default: the name of the shift.",
    )

    @model_validator(mode="after")
    def _check_change(self) -> "Shift":
        if not self.replace and self.weight == "1":
            raise ValueError("a shift needs 'replace' or 'weight'")
        factor = Expression(self.weight)
        if not factor.names:
            value = float(factor.evaluate({}))
            if not 1 / MOST_FACTOR <= value <= MOST_FACTOR:
                raise ValueError(
                    f"'weight' of a shift is the factor {value:g} for every event: a variation "
                    f"has one between {1 / MOST_FACTOR:g} and {MOST_FACTOR:g}"
                )
        return self


class TriggerMenus(Section):
    """A menu of triggers for each data-taking year; an event passes if any trigger of it does."""

    year: ExpressionText = Field(description="Expression for the data-taking year of an event.")
    menus: dict[int, list[str]] = Field(description="Names of the triggers of each year.")
    triggers: dict[str, ExpressionText] = Field(
        description="For each trigger, when it accepts an event: it fired, and its leptons are "
        "matched and above their thresholds."
    )

    @model_validator(mode="after")
    def _check_menus(self) -> "TriggerMenus":
        for year, menu in self.menus.items():
            for name in menu:
                if name not in self.triggers:
                    raise ValueError(
                        f"menus.{year}: there is no trigger {name!r} under 'triggers'; there are "
                        f"{', '.join(self.triggers) or 'none'}"
                    )
        return self


def _tell_trigger(value: object) -> str:
    return "by_year" if isinstance(value, Mapping | TriggerMenus) else "expression"


# one of the two by what is written, so that an error speaks of that one alone
Trigger = Annotated[
    Annotated[ExpressionText, Tag("expression")] | Annotated[TriggerMenus, Tag("by_year")],
    Discriminator(_tell_trigger),
]


def _put_in_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class NtupleFormat(Section):
    """How to read events from one kind of ntuple.

    Expressions may use branches of the tree, `constants` and `aliases`.
    """

    tree: Annotated[list[str], Field(min_length=1), BeforeValidator(_put_in_list)] = Field(
        description="Name of the tree; `*` and `?` are wildcards. Exactly one tree must match. Of "
        "an HDF5 file the group of the arrays, `/`, or a table of records, `table/table`; of an "
        "npz file it says nothing."
    )
    columns: dict[str, Annotated[tuple[Name, ...], Field(min_length=1)]] = Field(
        {},
        description="Of HDF5 and npz files: what stands along the last axis of an array, by the "
        "name of the array. `{X: [pt, y, phi]}` makes the lists `X_pt`, `X_y` and `X_phi` of it. "
        "Arrays with several numbers an entry that are not named here are lists, with "
        "`<array>_place` for their places, from 0.",
    )
    bookkeeping: list[str] = Field(
        [],
        description="Trees and histograms without events that files of this kind hold beside the "
        "tree, with `*` and `?` as wildcards. A file that has one of them, no `tree`, and no other "
        "tree with entries is a skim that no event passed: it has no events, and its sum of "
        "weights counts. What `sum_of_weights` of the sample sheet names is among them by itself.",
    )
    energy_unit: Literal["GeV", "MeV"] = Field(
        description="Unit of momenta and masses in the file; results are in GeV."
    )
    constants: dict[str, Annotated[int, Field(le=MOST_UNSIGNED)] | float] = Field(
        {}, description="Numbers with a name: working points, masks of bits."
    )
    aliases: dict[str, ExpressionText] = Field(
        {}, description="Named expressions over branches; one may use others, in any order."
    )
    alternatives: dict[str, Annotated[list[ExpressionText], Field(min_length=1)]] = Field(
        {},
        description="Named expressions of which the first counts whose branches the file has: for "
        "names that changed between versions.",
    )
    data_aliases: dict[str, ExpressionText] = Field(
        {}, description="Aliases that are defined otherwise in data."
    )
    collections: dict[str, Kinematics] = Field(
        description="Lists of objects in an event. Where the tree has branches of their own for "
        "each object, keys are lists of expressions, one a member: `pt: [pt1, pt2]`, or one "
        "expression for all members; `present: [n > 0, n > 1]` says when each is there, by default "
        "when its pt is above 0 (0, negative numbers and NaN stand for none). `where` of their "
        "objects is a list then, too, or one expression for all members."
    )
    objects: dict[str, ObjectDefinition] = Field(
        description="Objects with a name, for matrices and selections."
    )
    rows: Name | None = Field(
        None,
        description="Object of which each member is an entry of its own, such as `jet`: with "
        "itself, what says in `owner` that it belongs to it, and all that belongs to the event. "
        "Its event number is that of the event times 1024 plus its number in the file. `require` "
        "of a sample and the trigger are of events; cuts are of rows.",
    )
    variables: dict[VariableName, VariableText] = Field(
        {},
        description="Event variables: named expressions over objects, for cuts, spectra, baselines "
        "and comparisons (section *Event variables*). One may use others.",
    )
    leptons: list[str] = Field(
        ["ele", "muo"],
        description="The objects that count as signal leptons, for m_ll, m_lll and the flavour "
        "composition, whose letters are the first ones of these names.",
    )
    met: MissingMomentum = Field(description="Missing transverse momentum.")
    identity: EventIdentity | None = Field(
        None,
        description="Run and event number. Without them the file name and the entry number name "
        "an event.",
    )
    weights: EventWeights = Field(description="Weights of simulated events.")
    in_file: InFile | None = Field(
        None, description="Where files of simulation hold their own normalisation."
    )
    shifts: dict[Name, Shift] = Field(
        {}, description="Systematic variations that `systematics` of the configuration may name."
    )
    trigger: Trigger = Field(
        "1 == 1", description="When an event passes the trigger: an expression, or menus by year."
    )

    @model_validator(mode="before")
    @classmethod
    def _join_members(cls, content: Any) -> Any:  # noqa: ANN401
        return join_members(content)

    @model_validator(mode="after")
    def _check_leptons(self) -> "NtupleFormat":
        if self.objects and not self.leptons:
            raise ValueError("leptons: name the objects that are signal leptons, at least one")
        for name in self.leptons:
            if name not in self.objects:
                raise ValueError(
                    f"leptons: {name!r} is not among the objects "
                    f"{', '.join(sorted(self.objects))}; say in 'leptons' which of them are signal "
                    "leptons"
                )
            if self.leptons.count(name) > 1:
                raise ValueError(f"leptons: {name!r} is listed twice: each would count twice")
        # n_lep in a cut is the number of all signal leptons
        if "lep" in self.objects and self.leptons != ["lep"]:
            raise ValueError(
                "objects.lep: n_lep is the number of signal leptons, which are "
                f"{', '.join(self.leptons)}; give this object another name"
            )
        return self

    @model_validator(mode="after")
    def _check_collections(self) -> "NtupleFormat":
        for name, definition in self.objects.items():
            if definition.collection not in self.collections:
                raise ValueError(
                    f"objects.{name}: there is no collection {definition.collection!r}; there are "
                    f"{', '.join(self.collections) or 'none'}"
                )
        return self

    @model_validator(mode="after")
    def _check_rows(self) -> "NtupleFormat":
        if self.rows is not None and self.rows not in self.objects:
            raise ValueError(
                f"rows: {self.rows!r} is not among the objects {', '.join(sorted(self.objects))}"
            )
        of_rows = None if self.rows is None else self.objects[self.rows].collection
        for name, block in self.collections.items():
            if block.owner is not None and of_rows in (None, name):
                raise ValueError(
                    f"collections.{name}.owner needs 'rows', an object of another collection whose "
                    "members it names"
                )
        return self

    @model_validator(mode="after")
    def _check_objects(self) -> "NtupleFormat":
        for name in self.objects:
            if name in (*STANDING, MISSING):
                raise ValueError(
                    f"objects.{name}: {name} is an event variable already; give this object "
                    "another name"
                )
            if name in self.variables:
                raise ValueError(f"variables.{name}: an object has this name; give another")
        return self

    @model_validator(mode="after")
    def _check_meanings(self) -> "NtupleFormat":
        """Check that a name has one meaning: of two, one would silently count."""
        blocks: dict[str, Mapping[str, object]] = {
            "constants": self.constants,
            "aliases": self.aliases,
            "alternatives": self.alternatives,
        }
        for (block, names), (other, others) in combinations(blocks.items(), 2):
            for name in sorted(names.keys() & others.keys()):
                raise ValueError(
                    f"{name!r} is defined under {block} and under {other}: take one out"
                )
        return self
