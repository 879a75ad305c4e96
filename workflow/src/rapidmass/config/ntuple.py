"""Ntuple formats: one YAML file each, `config/ntuples/<format>.yaml`."""

from typing import Literal

from pydantic import Field

from rapidmass.config.base import Section

Text = str


class Kinematics(Section):
    """Expressions for the four-vectors of a collection of objects."""

    pt: Text = Field(description="Transverse momentum, in the energy unit of the file.")
    eta: Text = Field(description="Pseudorapidity.")
    phi: Text = Field(description="Azimuth in radians.")
    mass: Text = Field(description="Mass, in the energy unit of the file.")


class ObjectDefinition(Section):
    """Members of a collection that pass a requirement."""

    collection: str = Field(description="Name of the collection.")
    where: Text = Field(description="Requirement, one value per member of the collection.")


class MissingMomentum(Section):
    """Expressions for the missing transverse momentum."""

    pt: Text = Field(description="Magnitude, in the energy unit of the file.")
    phi: Text = Field(description="Azimuth in radians.")


class EventIdentity(Section):
    """Branches that name an event inside its sample."""

    run: Text = Field(description="Run number.")
    event: Text = Field(description="Event number.")
    dataset: Text = Field(
        "0",
        description="Number of the data set, where a sample holds several with equal run and "
        "event numbers.",
    )


class EventWeights(Section):
    """Weights of a simulated event, without cross section or luminosity. Data have weight 1."""

    generator: Text = Field(description="Weight of the generator, summed into the normalisation.")
    scale_factors: Text = Field("1", description="Product of the corrections to simulation.")


class TriggerMenus(Section):
    """A menu of triggers for each data-taking year; an event passes if any trigger of it does."""

    year: Text = Field(description="Expression for the data-taking year of an event.")
    menus: dict[int, list[str]] = Field(description="Names of the triggers of each year.")
    triggers: dict[str, Text] = Field(
        description="For each trigger, when it accepts an event: it fired, and its leptons are "
        "matched and above their thresholds."
    )


class NtupleFormat(Section):
    """How to read events from one kind of ntuple.

    Expressions may use branches of the tree, `constants` and `variables`.
    """

    tree: list[str] = Field(
        description="Name of the tree; `*` and `?` are wildcards. Exactly one tree must match."
    )
    energy_unit: Literal["GeV", "MeV"] = Field(
        description="Unit of momenta and masses in the file; results are in GeV."
    )
    constants: dict[str, float] = Field({}, description="Numbers with a name: working points.")
    variables: dict[str, Text] = Field(
        {}, description="Named expressions; one may use others, in any order."
    )
    data_variables: dict[str, Text] = Field(
        {}, description="Variables that are defined otherwise in data."
    )
    collections: dict[str, Kinematics] = Field(description="Lists of objects in an event.")
    objects: dict[str, ObjectDefinition] = Field(
        description="Objects with a name, for matrices and selections."
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
    trigger: Text | TriggerMenus = Field(
        "1 == 1", description="When an event passes the trigger: an expression, or menus by year."
    )
