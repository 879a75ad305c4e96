"""Imports run one way: each floor of the library uses only those below it."""

from pathlib import Path

from rapidmass import provenance

FLOORS = [
    ("documentation", "report", "figures"),
    ("search",),
    ("scoring", "training", "epochs", "checkpoints", "export"),
    ("architectures", "scaling", "loader", "parts"),
    ("megasets", "sharding"),
    ("shards", "tables"),
    ("ntuples", "generator"),
    ("config",),
    ("rmm", "identity", "stats", "provenance", "files", "expressions", "__init__"),
]
RANK = {room: len(FLOORS) - level for level, rooms in enumerate(FLOORS) for room in rooms}


def get_room(path):
    return path.relative_to(provenance.PACKAGE).parts[0].removesuffix(".py")


MODULES = sorted(provenance.PACKAGE.rglob("*.py"))


def test_every_room_has_its_floor():
    assert {get_room(path) for path in MODULES} == set(RANK)


def test_no_room_uses_one_above_it():
    wrong = [
        f"{path.relative_to(provenance.PACKAGE)} imports {used.relative_to(provenance.PACKAGE)}"
        for path in MODULES
        for used in provenance._find_imports(path)
        if RANK[get_room(used)] > RANK[get_room(path)]
    ]
    assert wrong == []


def test_there_is_no_circle():
    uses = {
        path: {used for used in provenance._find_imports(path) if used.name != "__init__.py"}
        for path in MODULES
        if path.name != "__init__.py"
    }
    while free := {path for path, used in uses.items() if not used & set(uses)}:
        uses = {path: used for path, used in uses.items() if path not in free}
    assert uses == {}


def test_the_library_knows_nothing_of_snakemake():
    assert not [path for path in MODULES if "import snakemake" in Path(path).read_text()]
