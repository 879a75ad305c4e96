"""Definitions of an ntuple format: which branches they need, and what they give for a chunk."""

from collections.abc import Collection, Mapping, Sequence

from rapidmass.columnar.expressions import Expression
from rapidmass.columnar.four_vectors import KINEMATICS
from rapidmass.columnar.jagged import Jagged, Values
from rapidmass.config.inputs.ntuple_format import NtupleFormat, TriggerMenus

# of these, and of single triggers, every event has one value
FLAT = frozenset(
    {
        "met", "met_phi", "run", "event", "dataset", "section", "generator_weight", "scale_factor",
        "year", "trigger", "require",
    }
)  # fmt: skip


OWNER = "_owner"  # of which row a member is: no attribute has such a name


class Definitions:
    """Expressions over the names of a format, in an order in which they can be computed.

    Parameters
    ----------
    settings
        The format: its constants, aliases and alternatives.
    texts
        The expressions that are wanted, by name.
    is_data
        Whether data are read, with the definitions of data.

    Raises
    ------
    ValueError
        If an expression is malformed.
    """

    def __init__(self, settings: NtupleFormat, texts: Mapping[str, str], *, is_data: bool) -> None:
        self._constants = settings.constants
        aliases = {**settings.aliases, **(settings.data_aliases if is_data else {})}
        self._named = {name: Expression(text) for name, text in aliases.items()}
        self._alternatives = {
            name: [Expression(text) for text in texts]
            for name, texts in settings.alternatives.items()
            if name not in self._named
        }
        self._expressions = {name: Expression(text) for name, text in texts.items()}
        self.bind(None)

    @property
    def branches(self) -> list[str]:
        """Names of the branches that the definitions use, sorted."""
        return sorted(self._used - set(self._aliases) - set(self._constants))

    def bind(self, present: Collection[str] | None) -> None:
        """Choose among alternatives by what a file has.

        Parameters
        ----------
        present
            Names of its branches. None takes the first of all alternatives.

        Raises
        ------
        ValueError
            If no alternative of a name fits, a definition needs itself, or a name is that of a
            constant and of a branch.
        """
        self._present = None if present is None else frozenset(present)
        self._aliases = dict(self._named)
        self._missing: dict[str, set[str]] = {}
        self._order: list[str] = []
        self._used: set[str] = set()
        for expression in self._expressions.values():
            for name in sorted(expression.names):
                self._visit(name, ())
        for name in sorted(self._used & set(self._constants) & (self._present or frozenset())):
            raise ValueError(
                f"{name!r} is a constant of the ntuple format and a branch of the file: give the "
                "constant another name"
            )

    def _visit(self, name: str, above: tuple[str, ...]) -> None:
        """Put an alias, after those that it needs, into the order."""
        if name in above:
            raise ValueError(f"alias {name!r} of the ntuple format is defined by itself")
        self._used.add(name)
        if name in self._order:
            return
        if name in self._alternatives:
            self._aliases[name] = self._choose(name, above)
        if name in self._aliases:
            for inner in sorted(self._aliases[name].names):
                self._visit(inner, (*above, name))
            self._order.append(name)

    def _choose(self, name: str, above: tuple[str, ...]) -> Expression:
        lacking = []
        for candidate in self._alternatives[name]:
            missing = self._list_missing(candidate, (*above, name))
            if not missing:
                return candidate
            lacking.append(f"{candidate.text!r} needs {', '.join(sorted(missing))}")
        raise ValueError(
            f"no alternative of {name!r} in the ntuple format fits: {'; '.join(lacking)}"
        )

    def _list_missing(self, expression: Expression, above: tuple[str, ...]) -> set[str]:
        """List the branches that an expression needs and the file does not have."""
        names = expression.names - set(above) - set(self._constants)
        return set().union(*(self._find_missing(name, above) for name in names))

    def _find_missing(self, name: str, above: tuple[str, ...]) -> set[str]:
        if name not in self._missing:
            inner = (*above, name)
            if name in self._named:
                self._missing[name] = self._list_missing(self._named[name], inner)
            elif name in self._alternatives:
                options = self._alternatives[name]
                self._missing[name] = min(
                    (self._list_missing(option, inner) for option in options), key=len
                )
            else:
                is_missing = self._present is not None and name not in self._present
                self._missing[name] = {name} if is_missing else set()
        return self._missing[name]

    def evaluate(self, branches: Mapping[str, Values]) -> dict[str, Values]:
        """Compute everything for some entries.

        Parameters
        ----------
        branches
            Their branches.

        Returns
        -------
        dict
            By name, as they were given.

        Raises
        ------
        ValueError
            If an expression cannot be computed, has a list where events have one value, or a
            number where it must be true or false.
        """
        values: dict[str, Values] = {**self._constants, **branches}
        for name in self._order:
            values[name] = self._aliases[name].evaluate(values)
        computed = {}
        for name, expression in self._expressions.items():
            selects = is_condition(name)
            computed[name] = expression.select(values) if selects else expression.evaluate(values)
            if isinstance(computed[name], Jagged) and is_flat(name):
                raise ValueError(
                    f"{name} must have one value an event, but {expression.text!r} gives a list: "
                    "go over it with any(...), all(...), count(...), max(...) or first(...)"
                )
        return computed


def is_flat(name: str) -> bool:
    """Tell whether an expression has one value an event, by its name as in `collect_texts`."""
    return name in FLAT or name.startswith(("trigger ", "met."))


def is_condition(name: str) -> bool:
    """Tell whether an expression selects, by its name as in `collect_texts`."""
    return name in ("trigger", "require") or name.startswith(("trigger ", "where "))


def collect_texts(
    settings: NtupleFormat,
    needed: Sequence[str],
    *,
    is_data: bool,
    attributes: Collection[str] | None = None,
) -> dict[str, str]:
    """Collect the expressions that events are made of.

    Parameters
    ----------
    settings
        The format.
    needed
        Names of the objects that are wanted.
    is_data
        Whether data are read.
    attributes
        Which attributes are wanted; all of the format if None.

    Returns
    -------
    dict
        `met`, `met_phi`, `met.<attribute>`, `run`, `event`, `dataset`, `generator_weight`,
        `scale_factor`, `where <object>`, `<collection>.<pt, eta, phi, mass, owner or attribute>`,
        and `trigger`, or `year` and `trigger <name>`.

    Raises
    ------
    ValueError
        If an object, collection or trigger is not defined.
    """
    texts: dict[str, str] = {"met": settings.met.pt, "met_phi": settings.met.phi}
    texts |= _choose_attributes("met", settings.met.attributes, attributes)
    if settings.identity is not None:
        texts |= {"run": settings.identity.run, "event": settings.identity.event}
        texts["dataset"] = settings.identity.dataset
    weights = settings.weights
    texts["generator_weight"] = "1" if is_data else weights.generator
    texts["scale_factor"] = "1" if is_data else weights.scale_factors
    for name in needed:
        texts |= _describe_object(settings, name, attributes)
    if not isinstance(settings.trigger, TriggerMenus):
        return texts | {"trigger": settings.trigger}
    texts["year"] = settings.trigger.year
    for name in sorted({name for menu in settings.trigger.menus.values() for name in menu}):
        if name not in settings.trigger.triggers:
            raise ValueError(f"trigger {name!r} of a menu is not defined under 'triggers'")
        texts[f"trigger {name}"] = settings.trigger.triggers[name]
    return texts


def _choose_attributes(
    owner: str, given: Mapping[str, str], wanted: Collection[str] | None
) -> dict[str, str]:
    return {
        f"{owner}.{key}": text for key, text in given.items() if wanted is None or key in wanted
    }


def _describe_object(
    settings: NtupleFormat, name: str, attributes: Collection[str] | None
) -> dict[str, str]:
    if name not in settings.objects:
        raise ValueError(
            f"the ntuple format defines no object {name!r}; it has "
            f"{', '.join(sorted(settings.objects))}"
        )
    definition = settings.objects[name]
    collection = definition.collection
    if collection not in settings.collections:
        raise ValueError(
            f"object {name!r} is of the collection {collection!r}, which the ntuple format does "
            "not define"
        )
    block = settings.collections[collection]
    return {
        f"where {name}": definition.where,
        **{f"{collection}.{key}": getattr(block, key) for key in KINEMATICS},
        **_choose_attributes(collection, block.attributes, attributes),
        **({} if block.owner is None else {f"{collection}.{OWNER}": block.owner}),
    }
