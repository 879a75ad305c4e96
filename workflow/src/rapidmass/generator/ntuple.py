"""The ntuple: flat branches and lists; one entry an event, with lists of leptons and jets."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import awkward as ak
import numpy as np
import uproot
from numpy.typing import NDArray

from rapidmass.generator.triggers import list_triggers

EVENT_BRANCHES: Final[Mapping[str, type[np.generic]]] = {
    "EventNumber": np.uint64,
    "RunNumber": np.int32,
    "RandomRunNumber": np.int32,
    "DatasetNumber": np.int32,
    "met_Et": np.float32,
    "met_Phi": np.float32,
    "bornMass": np.float32,
    "genWeight": np.float64,
    "eventWeight": np.float64,
    "leptonWeight": np.float64,
    "jvtWeight": np.float64,
    "bTagWeight": np.float64,
    "pileupWeight": np.float64,
    "globalDiLepTrigSF": np.float64,
    **{f"trigMatch_HLT_{trigger}": np.bool_ for trigger in list_triggers()},
}
LEPTON_BRANCHES: Final[Mapping[str, type[np.generic]]] = {
    "Flavor": np.int32,
    "Charge": np.int32,
    "Pt": np.float32,
    "Eta": np.float32,
    "Phi": np.float32,
    "M": np.float32,
    "D0Sig": np.float32,
    "Z0SinTheta": np.float32,
    "PassOR": np.bool_,
    "Loose": np.bool_,
    "Medium": np.bool_,
    "Tight": np.bool_,
    "IsoLoose_VarRad": np.bool_,
    **{f"HLT_{trigger}": np.bool_ for trigger in list_triggers()},
}
JET_BRANCHES: Final[Mapping[str, type[np.generic]]] = {
    "Pt": np.float32,
    "Eta": np.float32,
    "Phi": np.float32,
    "M": np.float32,
    "JVT": np.float32,
    "dl1r": np.float32,
}
WEIGHT_BRANCHES: Final = tuple(
    name for name in EVENT_BRANCHES if EVENT_BRANCHES[name] is np.float64
)
BOOKKEEPING: Final = "bookkeeping"
_FLUSHED_EVENTS: Final = 20_000

Columns = Mapping[str, Any]


class Branches(NamedTuple):
    """What an ntuple holds.

    Parameters
    ----------
    flat
        Branches with one number an entry, and its type.
    lists
        Of each list of an entry the numbers of a member.
    """

    flat: Mapping[str, type[np.generic]]
    lists: Mapping[str, Mapping[str, type[np.generic]]]


EVENTS: Final = Branches(EVENT_BRANCHES, {"lep": LEPTON_BRANCHES, "jet": JET_BRANCHES})


def name_tree(sample: str) -> str:
    """Give the name of a sample's tree."""
    return f"{sample}_NoSys"


def list_lists(
    collection: str,
    fields: Mapping[str, NDArray[Any]],
    counts: NDArray[Any],
    branches: Branches = EVENTS,
) -> ak.Array:
    """Cut flat columns into one list an entry.

    Parameters
    ----------
    collection
        Name of the list: `lep`, `jet`.
    fields
        Columns by the names of the branches without the collection's name.
    counts
        Length of each list.
    branches
        What the ntuple holds.

    Returns
    -------
    ak.Array
        Lists of records, with the types of the branches.
    """
    types = branches.lists[collection]
    flat = [ak.contents.NumpyArray(fields[name].astype(kind)) for name, kind in types.items()]
    offsets = ak.index.Index64(np.concatenate([[0], np.cumsum(counts)]))
    records = ak.contents.RecordArray(flat, list(types))
    return ak.Array(ak.contents.ListOffsetArray(offsets, records))


class NtupleWriter:
    """Writes events to a new ROOT file.

    Parameters
    ----------
    path
        The file to write.
    sample
        Name of the sample.
    branches
        What it holds.
    """

    def __init__(self, path: Path, sample: str, branches: Branches = EVENTS) -> None:
        self._branches = branches
        self._file = uproot.recreate(path)
        self._waiting: list[Columns] = []
        self._waiting_events = 0
        self.events = 0
        types: dict[str, Any] = {name: np.dtype(kind) for name, kind in branches.flat.items()}
        for collection, fields in branches.lists.items():
            record = ", ".join(f'"{name}": {np.dtype(k).name}' for name, k in fields.items())
            types[collection] = ak.types.from_datashape(f"var * {{{record}}}", highlevel=False)
        self._tree = self._file.mktree(
            name_tree(sample),
            types,
            counter_name=lambda collection: f"n{collection}",
            field_name=lambda collection, name: f"{collection}{name}",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, columns: Columns) -> None:
        """Add events.

        Parameters
        ----------
        columns
            All flat branches, and the lists.
        """
        events = len(columns["EventNumber"])
        if events:
            self._waiting.append(columns)
            self._waiting_events += events
            self.events += events
        if self._waiting_events >= _FLUSHED_EVENTS:
            self._flush()

    def finish(self, *, sum_of_weights: float, generated: int) -> None:
        """Write the events that wait, and the bookkeeping.

        Parameters
        ----------
        sum_of_weights
            Sum of the generator weights of all tried events.
        generated
            Number of events generated in full.
        """
        self._flush()
        books = {
            "sumOfWeights": np.array([sum_of_weights], np.float64),
            "generated": np.array([generated], np.int64),
            "stored": np.array([self.events], np.int64),
        }
        # assigning them to a name would write an RNTuple
        tree = self._file.mktree(BOOKKEEPING, {name: book.dtype for name, book in books.items()})
        tree.extend(books)

    def _flush(self) -> None:
        if not self._waiting:
            return
        joined: dict[str, Any] = {
            name: np.concatenate([columns[name] for columns in self._waiting]).astype(kind)
            for name, kind in self._branches.flat.items()
        }
        for collection in self._branches.lists:
            joined[collection] = ak.concatenate([columns[collection] for columns in self._waiting])
        self._tree.extend(joined)
        self._waiting, self._waiting_events = [], 0


def read_events(path: Path, sample: str, branches: Branches = EVENTS) -> dict[str, Any]:
    """Read all events of a file that an `NtupleWriter` wrote.

    Parameters
    ----------
    path
        The file.
    sample
        Name of the sample.
    branches
        What it holds.

    Returns
    -------
    dict
        Columns as `NtupleWriter.add` takes them.

    Raises
    ------
    ValueError
        If the file has no tree of this sample.
    """
    with uproot.open(path) as file:
        name = name_tree(sample)
        if name not in file:
            raise ValueError(f"{path} has no tree {name}; its trees are {sorted(file.keys())}")
        arrays = file[name].arrays()
    columns: dict[str, Any] = {branch: ak.to_numpy(arrays[branch]) for branch in branches.flat}
    for collection, names in branches.lists.items():
        counts = ak.to_numpy(arrays[f"n{collection}"])
        fields = {field: ak.to_numpy(ak.flatten(arrays[f"{collection}{field}"])) for field in names}
        columns[collection] = list_lists(collection, fields, counts, branches)
    return columns


def read_bookkeeping(path: Path) -> dict[str, float]:
    """Read how many events a file stands for.

    Parameters
    ----------
    path
        A file that an `NtupleWriter` wrote.

    Returns
    -------
    dict
        `sumOfWeights`, `generated` and `stored`.

    Raises
    ------
    ValueError
        If the file has no bookkeeping.
    """
    with uproot.open(path) as file:
        if BOOKKEEPING not in file:
            raise ValueError(f"{path} has no tree {BOOKKEEPING}; generate it with this package")
        arrays = file[BOOKKEEPING].arrays(library="np")
    return {name: values[0].item() for name, values in arrays.items()}
