"""What the branches of a tree seem to be: collections of objects, missing momentum, weights.

Names are taken apart into the object and the quantity, as NanoAOD (`Jet_pt`), Delphes (`Jet.PT`)
and flat ntuples (`jet_pt`, `jetPt`) write them. All of it is guessed, and marked so in what is
drafted from it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import awkward as ak
import numpy as np

from rapidmass.ntuples.access.sources import Source, name_errors, open_file

ROWS = 2000  # of which values are looked at
LARGEST_GEV = 2000.0  # a median momentum above is one in MeV
QUANTITIES = {
    "pt": ("pt", "p_t", "et"),
    "eta": ("eta",),
    "phi": ("phi",),
    "mass": ("mass", "m"),
    "energy": ("energy", "e"),
    "charge": ("charge", "q"),
    "type": ("type", "flavor", "flavour", "pdgid", "pdg_id"),
}
KINDS = {
    "electron": ("electron", "ele", "el", "elec", "electrons"),
    "muon": ("muon", "mu", "muo", "muons"),
    "lepton": ("lepton", "lep", "leptons", "leps"),
    "jet": ("jet", "jets", "ak4jet", "jetak4", "antikt4"),
    "photon": ("photon", "ph", "pho", "gamma", "photons"),
    "tau": ("tau", "taus"),
}
MISSING = ("met", "missinget", "puppimet", "etmiss", "pfmet")
RUN = ("run", "runnumber", "runno")
EVENT = ("event", "eventnumber", "eventno", "eventnum", "event.number", "evt")
WEIGHT = ("genweight", "mcweight", "event.weight", "eventweight", "weight", "mc_weight", "wgt")
# numbers an event that may be, or be parts of, its weight
LIKE_WEIGHT = re.compile(r"weight|wgt|scalefactor|(^|_)(w|wt|sf)(_|$)", re.IGNORECASE)
MOST_NAMED = 5  # of them
KEPT_SUMS = ("genEventSumw", "genEventSumw_")  # of NanoAOD and its early versions, in Runs
B_TAG = re.compile(r"btag|csv|deepflav|dl1|mv2|mv1|gn2", re.IGNORECASE)
# (particle numbers of the PDG, or 1 and 2) of electrons and muons in one list
FLAVOURS = ((11, 13), (1, 2))


@dataclass(frozen=True)
class Collection:
    """A list of objects: what names its quantities.

    Parameters
    ----------
    kind
        One of `KINDS`.
    branches
        Name of the branch of each quantity of `QUANTITIES` that it has.
    """

    kind: str
    branches: Mapping[str, str]


@dataclass(frozen=True)
class Recognised:
    """What the branches of a tree seem to be.

    Parameters
    ----------
    tree
        Its name.
    entries
        Their number.
    energy_unit
        GeV or MeV.
    collections
        By kind; not more than one of each.
    lepton_flavours
        Values of the type of leptons that stand for electrons and for muons.
    b_tag
        Branch of a tagger of the jets, and where its working point may be.
    met
        Branches of magnitude and azimuth.
    run, event, weight
        Branches, where there are any.
    like_weights
        Others that may be parts of the weight, by their names.
    kept_sum
        Tree and branch with the sum of weights before any selection, as the sample sheet names
        it, where the file keeps it in a way that is known.
    lists
        Names that are lists with one member, where a number is meant.
    """

    tree: str
    entries: int
    energy_unit: str
    collections: Mapping[str, Collection]
    lepton_flavours: tuple[int, int] | None = None
    b_tag: tuple[str, float] | None = None
    met: tuple[str, str] | None = None
    run: str | None = None
    event: str | None = None
    weight: str | None = None
    like_weights: tuple[str, ...] = ()
    kept_sum: str | None = None
    lists: frozenset[str] = field(default_factory=frozenset)


def recognise(path: str, tree: str | None = None) -> Recognised:
    """Recognise what a ROOT file holds.

    Parameters
    ----------
    path
        The file.
    tree
        Name of its tree; None: the one with the most branches of those with entries.

    Returns
    -------
    Recognised
        As far as names and first values tell.

    Raises
    ------
    ValueError
        If the file cannot be read, or has no such tree.
    """
    source = Source(path)
    with open_file(source) as file:
        chosen = _choose_tree(path, file, tree)
        with name_errors(source, f"the first entries of {source} cannot be read"):
            return replace(_recognise_tree(chosen), kept_sum=_find_kept_sum(file))


def _choose_tree(path: str, file: Any, name: str | None) -> Any:  # noqa: ANN401
    trees = {
        key.partition(";")[0]: file[key]
        for key, kind in reversed(file.classnames(recursive=False).items())
        if kind.startswith(("TTree", "TNtuple", "ROOT::RNTuple"))
    }
    if name is not None:
        if name not in trees:
            raise ValueError(f"{path} has no tree {name!r}; it has {', '.join(trees) or 'none'}")
        return trees[name]
    filled = [tree for tree in trees.values() if tree.num_entries]
    if not filled:
        raise ValueError(f"{path} has no tree with entries")
    return max(filled, key=lambda tree: len(tree.keys()))


def _find_kept_sum(file: Any) -> str | None:  # noqa: ANN401
    if "Runs" not in file.keys(cycle=False):
        return None
    present = file["Runs"].keys()
    return next((f"sum:Runs:{name}" for name in KEPT_SUMS if name in present), None)


def _recognise_tree(tree: Any) -> Recognised:  # noqa: ANN401
    shapes = _list_shapes(tree)
    collections = _find_collections(shapes)
    lists = frozenset(name for name, jagged in shapes.items() if jagged)
    run, event, weight = (_find_number(shapes, names) for names in (RUN, EVENT, WEIGHT))

    def read(name: str) -> np.ndarray[Any, Any]:
        values = tree[name].array(entry_stop=ROWS)
        return np.asarray(ak.flatten(values, axis=None))

    momenta = [read(one.branches["pt"]) for one in collections.values()]
    momentum = np.concatenate(momenta) if momenta else np.zeros(0)
    is_large = momentum.size > 0 and float(np.median(momentum)) > LARGEST_GEV
    leptons, jets = collections.get("lepton"), collections.get("jet")
    return Recognised(
        tree.name,
        tree.num_entries,
        "MeV" if is_large else "GeV",
        collections,
        None if leptons is None else _find_flavours(read(leptons.branches["type"])),
        None if jets is None else _find_tagger(jets, shapes, read),
        _find_missing(shapes),
        run,
        event,
        weight,
        _find_like_weights(tree, [name for name in shapes if name not in {weight, *lists}]),
        lists=lists,
    )


def _find_like_weights(tree: Any, numbers: Sequence[str]) -> tuple[str, ...]:  # noqa: ANN401
    named = (name for name in numbers if LIKE_WEIGHT.search(name))
    # others are counts of weights
    return tuple(n for n in named if tree[n].typename in ("float", "double"))[:MOST_NAMED]


def _list_shapes(tree: Any) -> dict[str, bool]:  # noqa: ANN401
    """List numeric branches, and whether each is a list of numbers."""
    found: dict[str, bool] = {}
    keys = list(tree.keys())
    for key in keys:
        name = key.rpartition("/")[2]
        if any(other.startswith(f"{key}/") for other in keys):
            continue  # a folder of branches
        text = str(tree[key].typename)
        if not re.search(r"char|short|int|long|float|double|bool|real", text, re.IGNORECASE):
            continue
        if "string" in text or text.count("[") > 1 or text.count("vector") > 1:
            continue
        found[name] = "[" in text or "vector" in text or "RVec" in text
    return found


def _split(name: str) -> tuple[str, str] | None:
    """Take a name apart: object and quantity, in small letters."""
    apart = re.fullmatch(r"(.+?)[._]([A-Za-z_]+)", name) or re.fullmatch(
        r"([a-z0-9]+)([A-Z][A-Za-z_]*)", name
    )
    if apart is None:
        return None
    return apart[1].lower(), apart[2].lower()


def _find_collections(shapes: Mapping[str, bool]) -> dict[str, Collection]:
    """Find objects with all of pT, eta and phi; of several of one kind the best known name."""
    parts: dict[str, dict[str, str]] = {}
    for name in (name for name, jagged in shapes.items() if jagged):
        apart = _split(name)
        for quantity, words in QUANTITIES.items():
            if apart and apart[1] in words:
                parts.setdefault(apart[0], {}).setdefault(quantity, name)
    found: dict[str, Collection] = {}
    for kind, words in KINDS.items():
        for stem in words:
            branches = parts.get(stem, {})
            if {"pt", "eta", "phi"} <= branches.keys():
                found[kind] = Collection(kind, branches)
                break
    if "lepton" in found and ("type" not in found["lepton"].branches or "electron" in found):
        del found["lepton"]
    return found


def _find_flavours(values: np.ndarray[Any, Any]) -> tuple[int, int] | None:
    seen = {abs(int(value)) for value in values}
    return next((pair for pair in FLAVOURS if seen and seen <= set(pair)), None)


def _find_tagger(
    jets: Collection,
    shapes: Mapping[str, bool],
    read: Any,  # noqa: ANN401
) -> tuple[str, float] | None:
    stem = (_split(jets.branches["pt"]) or ("", ""))[0]
    taggers = [
        name
        for name, jagged in shapes.items()
        if jagged and B_TAG.search(name) and name.lower().startswith(stem)
    ]
    # taggers of b against light jets before those of charm
    for name in sorted(taggers, key=lambda name: ("Cv" in name, not name.endswith("B"))):
        values = read(name).astype(np.float64)
        if values.size and np.unique(values).size > 1:
            # a flag is 0 or 1; of a discriminant a fifth of the jets is some start
            flag = values.min() >= 0 and values.max() <= 1 and np.unique(values).size == 2
            return name, 0.5 if flag else float(f"{np.quantile(values, 0.8):.3g}")
    return None


def _find_missing(shapes: Mapping[str, bool]) -> tuple[str, str] | None:
    sizes: dict[str, str] = {}
    azimuths: dict[str, str] = {}
    for name in shapes:
        apart = _split(name)
        if name.lower() in MISSING:
            sizes.setdefault(name.lower(), name)
        elif apart and apart[0] in MISSING:
            if apart[1] in ("pt", "et", "met"):
                sizes.setdefault(apart[0], name)
            elif apart[1] == "phi":
                azimuths.setdefault(apart[0], name)
    return next(
        ((sizes[stem], azimuths[stem]) for stem in MISSING if {stem} <= sizes.keys() & azimuths),
        None,
    )


def _find_number(shapes: Mapping[str, bool], names: Sequence[str]) -> str | None:
    known = {name.lower(): name for name in shapes}
    return next((known[name] for name in names if name in known), None)
