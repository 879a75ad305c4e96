"""Ntuples of invented events in the format `thesis`, kept from one run to the next."""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
import yaml
from numpy.typing import NDArray

from benchmarks.environment import ROOT, run_worker
from benchmarks.options import SEED
from benchmarks.toy import B_SHARE, JETS_PER_EVENT, LEPTON_SHARES
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.provenance.atomic_files import write_whole

TREE = "toy_NoSys"
EVENTS_PER_CLUSTER = 100_000
# the years of the format's trigger menus
RUNS = (280_000, 300_000, 320_000, 350_000)
WEIGHTS = (
    "genWeight",
    "eventWeight",
    "leptonWeight",
    "jvtWeight",
    "bTagWeight",
    "pileupWeight",
    "globalDiLepTrigSF",
)
FILLERS = {"lep": ("PtCone", "EtCone", "D0", "Z0"), "jet": ("Width",)}


def read_format(*, triggers: bool) -> dict[str, Any]:
    """Read the format `thesis` as the workflow delivers it.

    Parameters
    ----------
    triggers
        Whether to keep its trigger menus, for which 32 further branches are read.

    Returns
    -------
    dict
        For `NtupleFormat`.
    """
    text = (ROOT / "config" / "ntuples" / "thesis.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content if triggers else {**content, "trigger": "1 == 1"}


def write_c_arrays(path: Path, events: int) -> Path:
    """Write events as C arrays with their lengths, by uproot, unless the file is there.

    Parameters
    ----------
    path
        The file.
    events
        How many.

    Returns
    -------
    Path
        The file.
    """
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    menus = NtupleFormat.model_validate(read_format(triggers=True)).trigger
    triggers = sorted(menus.triggers)  # type: ignore[union-attr]
    with (
        write_whole(path) as temporary,
        uproot.recreate(temporary, compression=uproot.ZSTD(5)) as file,
    ):
        tree = None
        for start in range(0, events, EVENTS_PER_CLUSTER):
            n = min(EVENTS_PER_CLUSTER, events - start)
            branches = _draw_branches(np.random.default_rng((SEED, start)), start, n, triggers)
            if tree is None:
                types = {
                    name: ak.type(ak.Array(column)).content for name, column in branches.items()
                }
                tree = file.mktree(
                    TREE,
                    types,
                    counter_name=lambda collection: f"n{collection}",
                    field_name=lambda collection, name: f"{collection}{name}",
                )
            tree.extend(branches)
    return path


def write_vectors(path: Path, source: Path) -> Path:
    """Write the same events as `vector<float>` and the like, by ROOT, unless the file is there.

    Parameters
    ----------
    path
        The file.
    source
        What `write_c_arrays` wrote.

    Returns
    -------
    Path
        The file.
    """
    if not path.exists():
        with write_whole(path) as temporary:
            run_worker(
                "peers.ntuple",
                {"source": str(source), "tree": TREE, "output": str(temporary)},
                peer=True,
            )
    return path


def write_rntuple(path: Path, source: Path) -> Path:
    """Write the same events as an RNTuple, by uproot, unless the file is there.

    Parameters
    ----------
    path
        The file.
    source
        What `write_c_arrays` wrote.

    Returns
    -------
    Path
        The file.
    """
    if path.exists():
        return path
    with (
        uproot.open(source) as file,
        write_whole(path) as temporary,
        uproot.recreate(temporary, compression=uproot.ZSTD(5)) as output,
    ):
        tree = file[TREE]
        lengths = {branch.count_branch.name for branch in tree.branches if branch.count_branch}
        names = [branch.name for branch in tree.branches if branch.name not in lengths]
        ntuple = None
        for events in tree.iterate(names, step_size=EVENTS_PER_CLUSTER):
            ntuple = ntuple or output.mkrntuple(TREE, events.layout.form)
            ntuple.extend(events)
    return path


def _draw_branches(
    rng: np.random.Generator, start: int, n: int, triggers: list[str]
) -> dict[str, Any]:
    n_leptons = rng.choice(list(LEPTON_SHARES), n, p=list(LEPTON_SHARES.values()))
    n_jets = rng.poisson(JETS_PER_EVENT, n)
    event = {
        "EventNumber": np.arange(start, start + n, dtype=np.uint64),
        "RunNumber": np.full(n, 284_500, np.int32),
        "RandomRunNumber": rng.choice(np.array(RUNS, np.int32), n),
        "DatasetNumber": np.full(n, 410_472, np.int32),
        "met_Et": rng.exponential(45, n).astype(np.float32),
        "met_Phi": rng.uniform(-np.pi, np.pi, n).astype(np.float32),
        "bornMass": rng.exponential(90, n).astype(np.float32),
        **{name: rng.normal(1, 0.1, n) for name in WEIGHTS},
        **{f"trigMatch_{name}": rng.random(n) < 0.3 for name in triggers},
    }
    leptons = _draw_kinematics(rng, n_leptons) | _draw_leptons(rng, int(n_leptons.sum()), triggers)
    jets = _draw_kinematics(rng, n_jets) | _draw_jets(rng, int(n_jets.sum()))
    for collection, members in (("lep", leptons), ("jet", jets)):
        for name in FILLERS[collection]:
            members[name] = rng.normal(0, 1, len(members["Pt"])).astype(np.float32)
    return event | {"lep": _list(leptons, n_leptons), "jet": _list(jets, n_jets)}


def _draw_kinematics(
    rng: np.random.Generator, counts: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    total = int(counts.sum())
    pt = 22 + rng.exponential(40, total)
    order = np.lexsort((-pt, np.repeat(np.arange(len(counts)), counts)))
    columns = {
        "Pt": pt[order],
        "Eta": np.clip(rng.normal(0, 1.1, total), -2.4, 2.4),
        "Phi": rng.uniform(-np.pi, np.pi, total),
    }
    return {name: column.astype(np.float32) for name, column in columns.items()}


def _draw_leptons(
    rng: np.random.Generator, total: int, triggers: list[str]
) -> dict[str, NDArray[Any]]:
    flavour = rng.integers(1, 3, total, dtype=np.int32)
    good = {name: rng.random(total) < 0.99 for name in ("PassOR", "Loose", "Medium", "Tight")}
    return {
        "Flavor": flavour,
        "Charge": rng.choice(np.array([-1, 1], np.int32), total),
        "M": np.where(flavour == 1, 0.000511, 0.10566).astype(np.float32),
        "D0Sig": rng.normal(0, 0.9, total).astype(np.float32),
        "Z0SinTheta": rng.normal(0, 0.1, total).astype(np.float32),
        **good,
        "IsoLoose_VarRad": rng.random(total) < 0.99,
        **{name: rng.random(total) < 0.5 for name in triggers},
    }


def _draw_jets(rng: np.random.Generator, total: int) -> dict[str, NDArray[Any]]:
    tagged = rng.random(total) < B_SHARE
    return {
        "M": rng.uniform(2, 15, total).astype(np.float32),
        "JVT": rng.uniform(0.5, 1, total).astype(np.float32),
        "dl1r": np.where(tagged, rng.uniform(2.2, 9, total), rng.uniform(-5, 2.1, total)).astype(
            np.float32
        ),
    }


def _list(fields: dict[str, NDArray[Any]], counts: NDArray[np.int64]) -> ak.Array:
    offsets = ak.index.Index64(np.concatenate([[0], np.cumsum(counts)]))
    flat = [ak.contents.NumpyArray(column) for column in fields.values()]
    return ak.Array(
        ak.contents.ListOffsetArray(offsets, ak.contents.RecordArray(flat, list(fields)))
    )
